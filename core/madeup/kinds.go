package madeup

// Kind is what sort of people are on a roster. It decides their numbers'
// letter, their addresses' domain, and what they do.
type Kind int

// The kinds of people.
const (
	Staff       Kind = iota // E000123, with departments and job titles
	Students                // S000123, with faculties and programmes
	Contractors             // C000123, with companies and job titles
)

// kindWords are the words of a kind. The lists begin with what most people have.
type kindWords struct {
	prefix, domain            string
	number, department, title string // headers
	departments, titles       []string
}

var kinds = [...]kindWords{
	Staff: {
		prefix: "E", domain: "hollowmere.example",
		number: "Employee Number", department: "Department", title: "Job Title",
		departments: []string{
			"Medicine", "Nursing", "Estates", "Biology", "Student Services", "Information Technology",
			"Library", "Computer Science", "Catering", "Chemistry", "Facilities", "Psychology", "Finance",
			"Physics", "Law", "Economics", "Radiology", "Human Resources", "History", "Mathematics",
			"Languages", "Pharmacy", "Security", "Admissions", "Music", "Geography", "Research Support",
			"Accommodation", "Genetics", "Veterinary Science", "Sports Centre", "Philosophy", "Grounds",
			"Occupational Health", "International Office", "Procurement", "Anaesthetics", "Transport",
			"Health & Safety", "Linguistics", "Théâtre & Drama", "Logistics", "Archives & Special Collections",
			"Conservatoire", "Astronomy", "Card Office",
			"Office of the Registrar, Records and Statutory Returns",
		},
		titles: []string{
			"Lecturer", "Administrator", "Nurse", "Postdoctoral Researcher", "Research Fellow",
			"Senior Lecturer", "Teaching Assistant", "Laboratory Technician", "Porter", "Professor",
			"Associate Professor", "Systems Administrator", "Assistant Librarian", "Security Officer",
			"Receptionist", "Analyst", "Clerk", "Coordinator", "Programme Manager", "Engineer",
			"Senior Technician", "Secretary", "Caretaker", "Gardener", "Accountant", "Electrician",
			"HR Adviser", "Chef de Partie", "Librarian", "Counsellor", "Visiting Scholar", "Storekeeper",
			"Buyer", "Head of Section", "Curator", "Archivist", "Deputy Director", "Director",
		},
	},
	Students: {
		prefix: "S", domain: "students.hollowmere.example",
		number: "Student Number", department: "Faculty", title: "Programme",
		departments: []string{
			"Medicine and Health", "Engineering", "Arts and Humanities", "Business School", "Natural Sciences",
			"Social Sciences", "Life Sciences", "Mathematics and Computing", "Law", "Education",
			"Architecture & the Built Environment", "Music, Drama and Dance",
		},
		titles: []string{
			"BSc Nursing", "BSc Computer Science", "BSc Economics", "LLB Law", "BA History", "BSc Biochemistry",
			"MEng Mechanical Engineering", "BSc Mathematics", "MBChB Medicine", "BEng Civil Engineering",
			"BSc Physics", "PhD", "MSc Data Science", "BA Comparative Literature", "BA Philosophy", "MBA",
			"MSc Public Health", "Foundation Year", "Exchange", "BMus Composition", "MA Translation",
			"LLM European Law",
		},
	},
	Contractors: {
		prefix: "C", domain: "partners.hollowmere.example",
		number: "Contractor Number", department: "Company", title: "Job Title",
		departments: []string{
			"Duskfield Cleaning", "Brindlewood Catering", "Wickerby \"24/7\" Security", "Quillon Temporary Staff",
			"Lanternlight Electrical", "Tarnwater Plumbing", "Greycobble Scaffolding", "Mossgate Landscapes",
			"Kestrel & Vole Couriers", "Fennimore, Tallow & Sons", "Überwald Klimatechnik GmbH", "Copperkettle Vending",
			"Blåvand Lift & Escalator ApS",
		},
		titles: []string{
			"Cleaner", "Guard", "Temporary Clerk", "Electrician", "Plumber", "Joiner", "Painter", "Scaffolder", "Fitter",
			"Supervisor", "Courier", "Landscaper", "Account Manager", "Locum", "Lift Engineer",
		},
	},
}

// startDay rolls the day a person of the kind began: students in a September
// of the last years, contractors lately, staff at any time but rather lately.
func (k Kind) startDay(d *dice) int {
	const yearDays = 12 * monthDays
	switch k {
	case Students:
		return (years-1-d.below(5))*yearDays + 8*monthDays + d.below(monthDays)
	case Contractors:
		return days - 1 - d.below(4*yearDays)
	default:
		return max(d.below(days), d.below(days))
	}
}

// sites begins with what most people have, too.
var sites = []string{
	"Main Campus", "Teaching Hospital", "North Campus", "Riverside", "South Gate", "Old Infirmary", "Weavers' Yard",
	"Harbour House", "Paddock Lane", "Observatory Hill", "Quai des Tanneurs", "Zürich Annexe",
}

var notes = []string{
	"Accessible parking, bay 4",
	"Badge reprinted, the first one was lost in the post",
	"Brings a guide dog 🦮",
	"Card goes by internal mail, pigeonhole 17B",
	"Collects the card in person",
	"Has keys for the greenhouse 🪴",
	"Known to everyone as \"Captain\"",
	"Lab access until the end of the year 👩🏽‍🔬",
	"Left-handed; wants the lanyard on the other side",
	"Maternity cover",
	"Name on the card without accents, at their own wish",
	"On leave, back in spring",
	"Photo refused twice, see the letter in the file",
	"Prefers mornings ☕",
	"Seconded from another site",
	"Speaks Cymraeg, Gaeilge and some Íslenska",
	"Two part-time posts, 60 % / 40 %",
	"Works nights",
}

// areas are the area codes for numbers of the form 555-01xx.
var areas = [...]string{"212", "303", "312", "404", "415", "512", "617", "702", "808", "919"}

// phones is how many different telephone numbers there are.
const phones = 2000 + 100*len(areas)
