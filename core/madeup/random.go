package madeup

import "math/bits"

// mix scatters x over all 64 bits, the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// dice is a stream of numbers that looks random and is not.
type dice struct{ state uint64 }

// newDice starts the stream of one person.
func newDice(seed uint64, id int) dice {
	return dice{mix(seed+0x9e3779b97f4a7c15) ^ mix(uint64(id)+1)}
}

// below rolls a number in [0, n).
func (d *dice) below(n int) int {
	d.state += 0x9e3779b97f4a7c15
	hi, _ := bits.Mul64(mix(d.state), uint64(n))
	return int(hi)
}

// early rolls a number in [0, n), a small one more often than a great one.
func (d *dice) early(n int) int { return d.below(d.below(n) + 1) }

// percent is true p times in a hundred.
func (d *dice) percent(p int) bool { return d.below(100) < p }

// other rolls a number in [0, n) that is not the present one; n is at least 2.
func (d *dice) other(n, present int) int {
	return (present + 1 + d.below(n-1)) % n
}

// shuffle is a random order of the numbers below n that needs no memory: a
// Feistel cipher over the next even power of two, asked again whenever its
// answer is n or more.
type shuffle struct {
	n    int
	half uint // bits
	keys [4]uint64
}

func newShuffle(seed uint64, n int) shuffle {
	s := shuffle{n: n, half: uint(bits.Len(uint(max(n-1, 1)))+1) / 2}
	for i := range s.keys {
		s.keys[i] = mix(seed + uint64(i)*0x9e3779b97f4a7c15)
	}
	return s
}

// at returns the number in place i, which is below n.
func (s *shuffle) at(i int) int {
	x := uint64(i)
	mask := uint64(1)<<s.half - 1
	for {
		left, right := x>>s.half, x&mask
		for _, key := range s.keys {
			left, right = right, left^mix(right^key)&mask
		}
		x = left<<s.half | right
		if x < uint64(s.n) {
			return int(x)
		}
	}
}
