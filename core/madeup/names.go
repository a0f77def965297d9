package madeup

// A culture is where a person's names come from. Given and family names that
// would not meet in one person are not mixed.
type culture struct {
	share         int // of culturesSum people
	given, family []string
	hyphens       bool   // names may be doubled, Ana-Lena or Marsh-Whitlow
	familyFirst   bool   // in the display name
	space         string // between the names in the display name
}

// culturesSum is the sum of the cultures' shares.
const culturesSum = 1000

var cultures = [...]culture{
	{share: 600, given: plainGiven, family: plainFamily, hyphens: true, space: " "},
	{share: 120, given: plainGiven, family: accentedFamily, hyphens: true, space: " "},
	{share: 60, given: accentedGiven, family: plainFamily, hyphens: true, space: " "},
	{share: 100, given: accentedGiven, family: accentedFamily, hyphens: true, space: " "},
	{share: 10, given: longGiven, family: longFamily, space: " "},
	{share: 10, given: combiningGiven, family: combiningFamily, space: " "},
	{share: 15, given: greekGiven, family: greekFamily, space: " "},
	{share: 25, given: cyrillicGiven, family: cyrillicFamily, space: " "},
	{share: 15, given: arabicGiven, family: arabicFamily, space: " "},
	{share: 10, given: hebrewGiven, family: hebrewFamily, space: " "},
	{share: 15, given: chineseGiven, family: chineseFamily, familyFirst: true},
	{share: 10, given: japaneseGiven, family: japaneseFamily, familyFirst: true, space: " "},
	{share: 10, given: koreanGiven, family: koreanFamily, familyFirst: true},
}

// pickCulture returns the culture that a roll below culturesSum falls to.
func pickCulture(roll int) int {
	for i := range cultures {
		if roll -= cultures[i].share; roll < 0 {
			return i
		}
	}
	panic("madeup: the shares of the cultures are less than culturesSum")
}

// The lists below hold names as they are written and, after a bar, as they
// appear in an address where that is not plain from their letters.

var plainGiven = []string{
	"Abigail", "Adam", "Agnes", "Aidan", "Alma", "Amara", "Amos", "Anika", "Anna", "Arjun", "Arthur", "Asha",
	"Basil", "Beatrix", "Ben", "Bianca", "Boris", "Bruno", "Callum", "Carla", "Cedric", "Clara", "Conrad", "Cora",
	"Daphne", "Dario", "Deepa", "Dmitri", "Dora", "Edith", "Edmund", "Elena", "Elias", "Elsa", "Emil", "Esther",
	"Fatima", "Felix", "Fiona", "Flora", "Frida", "Gareth", "Gemma", "Gideon", "Greta", "Gwen", "Hamish", "Hana",
	"Hector", "Heidi", "Hugo", "Ida", "Imran", "Ines", "Ingrid", "Iris", "Isaac", "Ivan", "Jamal", "Jasper",
	"Johanna", "Jonas", "Joy", "Kamala", "Karim", "Katya", "Kenji", "Kofi", "Lars", "Leila", "Leon", "Lottie",
	"Lucia", "Magnus", "Maja", "Marcus", "Marta", "Maud", "Mei", "Milo", "Miriam", "Mohan", "Nadia", "Naomi",
	"Ngozi", "Nils", "Noor", "Olga", "Olive", "Omar", "Oscar", "Otto", "Paula", "Percy", "Petra", "Pia", "Priya",
	"Quentin", "Rafael", "Ravi", "Rosa", "Ruth", "Samir", "Sanjay", "Selma", "Silas", "Sofia", "Stella", "Sven",
	"Tamara", "Thea", "Tobias", "Una", "Ursula", "Vera", "Victor", "Wanda", "Wesley", "Xenia", "Yara", "Yusuf",
	"Zachary", "Zelda", "Zuri",
}

var plainFamily = []string{
	"Abernathy", "Achterberg", "Adeyemi", "Ainsworth", "al-Masri", "Amberley", "Applegarth", "Ashdown", "Bakker",
	"Banerjee", "Barrow", "Beckwith", "Bellamy", "Bianchi", "Blackwood", "Bramble", "Brandt", "Brightwater",
	"Brook", "Calloway", "Cartwright", "Castellano", "Chandra", "Coldwell", "Crabtree", "Cresswell", "D'Angelo",
	"D'Souza", "da Silva", "Dalgaard", "de la Cruz", "de Vries", "Desai", "di Marco", "Dogan", "Drinkwater",
	"Dunmore", "Eastwick", "Ekwueme", "Elsworth", "Fairweather", "Fenwick", "Ferrari", "Fitzwilliam", "Fletcher",
	"Fontaine", "Forsberg", "Gallagher", "Garside", "Goldblum", "Greenhalgh", "Grimsby", "Gupta", "Haddad",
	"Halloran", "Hartigan", "Hathersage", "Hawthorne", "Hopkirk", "Ibrahim", "Inglewood", "Jankowski", "Jellicoe",
	"Kaczmarek", "Karlsen", "Kettlewell", "Khan", "Kowalski", "Lindqvist", "Locksley", "Lombardi", "Longbottom",
	"Lovelock", "MacGillivray", "Mackintosh", "Marsh", "Mbeki", "McAllister", "Merriweather", "Molina", "Moreau",
	"Mwangi", "Nakamura", "Nettleship", "Nkemelu", "Norwood", "O'Brannigan", "O'Malley", "O'Shea", "Okonkwo",
	"Oldcastle", "Osterman", "Pakenham", "Patel", "Pemberton", "Penhaligon", "Petrov", "Pickersgill", "Popescu",
	"Quigley", "Rahman", "Ravenscroft", "Reddy", "Ricci", "Rosenthal", "Rossi", "Rotherham", "Sandoval", "Sato",
	"Shackleton", "Sharma", "Silverstein", "Singh", "Smallwood", "Somerville", "St. Clair", "Stapleton", "Sutter",
	"Swinburn", "Takahashi", "Tanaka", "ten Brink", "Thackeray", "Thistlewood", "Tran", "Underhill", "van den Berg",
	"van der Linden", "van Dijk", "Vanterpool", "Venkataraman", "von Hohenfels", "Wainwright", "Weatherby",
	"Whitlow", "Winterbourne", "Wolstenholme", "Yamamoto", "Yarwood", "Yeoh", "Zimmermann",
}

var accentedGiven = []string{
	"Aïcha|aicha", "Álvaro|alvaro", "Åsa|asa", "Björn|bjoern", "Božena|bozena", "Brânduşa|brandusa", "Céline|celine",
	"Chloé|chloe", "Dušan|dusan", "Élodie|elodie", "Fañch|fanch", "François|francois", "Gökçe|goekce", "Hélène|helene",
	"İlker|ilker", "Inés|ines", "Jérôme|jerome", "João|joao", "José|jose", "Jürgen|juergen", "Kärt|kart",
	"Łucja|lucja", "Maëlle|maelle", "Māra|mara", "María|maria", "Matěj|matej", "Ngọc|ngoc", "Nuño|nuno",
	"Øystein|oystein", "Ragnheiður|ragnheidur", "Renée|renee", "Sîan|sian", "Siobhán|siobhan", "Søren|soren",
	"Šárka|sarka", "Tomáš|tomas", "Ümit|uemit", "Väinö|vaino", "Zoë|zoe", "Żaneta|zaneta", "Þórdís|thordis",
}

var accentedFamily = []string{
	"Åkerblom|akerblom", "Araújo|araujo", "Bäcker|baecker", "Benítez|benitez", "Błaszczyk|blaszczyk",
	"Çelikkaya|celikkaya", "Černý|cerny", "D’Aubigné|daubigne", "Dvořáček|dvoracek", "Estévez|estevez",
	"Fernández y López|fernandezylopez", "Fröhlich|froehlich", "Gonçalves|goncalves", "Großmann|grossmann",
	"Guðmundsdóttir|gudmundsdottir", "Gülşen|guelsen", "Hämäläinen|hamalainen", "Ibáñez|ibanez", "Jõesaar|joesaar",
	"Kőszegi|koszegi", "Lefèvre|lefevre", "Łódzki|lodzki", "Mac an tSagairt|macantsagairt", "Mărgineanu|margineanu",
	"Müller|mueller", "Nguyễn|nguyen", "Ní Dhuibhne|nidhuibhne", "Núñez|nunez", "Ó Ceallacháin|oceallachain",
	"O’Flaherty|oflaherty", "Ørsted|orsted", "Øst|ost", "Ozoliņš|ozolins", "Peña|pena", "Pokój|pokoj", "Preuß|preuss",
	"Řehoř|rehor", "Saint-Exupère|saintexupere", "Schäfer|schaefer", "Škvorecká|skvorecka", "Strömqvist|stroemqvist",
	"Szűcs|szucs", "Trần|tran", "Vågsbø|vagsbo", "Vlašić|vlasic", "Wałkowiak|walkowiak", "Yıldırım|yildirim",
	"Žukauskaitė|zukauskaite",
}

// Long names run over every column that was drawn for short ones.
var longGiven = []string{
	"Anantharamakrishnan", "Bartholomew Peregrine Algernon", "Keopuolanikauhiwaiokalani",
	"María de los Ángeles Guadalupe|mariadelosangeles", "Maximilian Theodor Ferdinand", "Oluwadamilarekunmi",
	"Wilhelmina Constantia Augusta",
}

var longFamily = []string{
	"Bhattacharyya-Venkatasubramanian", "Cholmondeley-Featherstonehaugh", "de Almeida e Vasconcelos de Bragança|dealmeida",
	"Papadimitrakopoulos", "Ratsimandrafanorontsoa", "van der Westhuizen-Oosterhuis", "von und zu Schwarzenfels-Altenstadt",
	"Wongsawatdiwattanakul",
}

// Combining names have their accents as characters of their own: what looks
// equal to a name above differs from it in every byte after the letter.
var combiningGiven = []string{
	"Ame\u0301lie|amelie", "Be\u0301la|bela", "Jose\u0301|jose", "Lu\u0308der|lueder", "Rene\u0301e|renee",
	"Thi\u0323|thi", "Zoe\u0308|zoe",
}

var combiningFamily = []string{
	"Bra\u030agsta\u0308d|bragstad", "Dvor\u030ca\u0301k|dvorak", "Iba\u0301n\u0303ez|ibanez", "Mu\u0308ller|mueller",
	"Nguye\u0302\u0303n|nguyen", "Nu\u0301n\u0303ez|nunez", "Z\u030cupan|zupan",
}

var greekGiven = []string{
	"Αλέξανδρος|alexandros", "Ανδρέας|andreas", "Δήμητρα|dimitra", "Ελένη|eleni", "Θεοδώρα|theodora", "Ιάσων|iason",
	"Κατερίνα|katerina", "Νίκος|nikos", "Σπύρος|spyros", "Φωτεινή|foteini",
}

var greekFamily = []string{
	"Αγγελόπουλος|angelopoulos", "Βασιλειάδης|vasileiadis", "Γεωργίου|georgiou", "Δημητριάδης|dimitriadis",
	"Καραγιάννης|karagiannis", "Μακρής|makris", "Οικονόμου|oikonomou", "Παπαδάκης|papadakis", "Στεφανίδης|stefanidis",
	"Χατζής|chatzis",
}

var cyrillicGiven = []string{
	"Андрій|andrii", "Борис|boris", "Галина|galina", "Дарина|daryna", "Живко|zhivko", "Зоя|zoya", "Ирина|irina",
	"Људмила|ljudmila", "Марія|mariia", "Олексій|oleksii", "Пётр|petr", "Светлана|svetlana", "Юлия|yuliya",
	"Ярослав|yaroslav",
}

var cyrillicFamily = []string{
	"Божков|bozhkov", "Вишневська|vyshnevska", "Гончаренко|honcharenko", "Дунаев|dunaev", "Ђорђевић|djordjevic",
	"Ерёмин|eremin", "Коваль|koval", "Лисенко|lysenko", "Мельник|melnyk", "Новиков|novikov", "Поліщук|polishchuk",
	"Романюк|romaniuk", "Соколовски|sokolovski", "Щербак|shcherbak",
}

var arabicGiven = []string{
	"أحمد|ahmad", "أمينة|amina", "إبراهيم|ibrahim", "خالد|khalid", "زينب|zaynab", "سلمى|salma", "طارق|tariq",
	"ليلى|layla", "نور|nur", "يوسف|yusuf",
}

var arabicFamily = []string{
	"البغدادي|albaghdadi", "الحداد|alhaddad", "الخطيب|alkhatib", "الشامي|alshami", "المصري|almasri", "النجار|alnajjar",
	"بن يعقوب|binyaqub", "حمدان|hamdan", "شاهين|shahin", "منصور|mansur",
}

var hebrewGiven = []string{
	"אביגיל|avigail", "דניאל|daniel", "חנה|hanna", "יעל|yael", "מיכאל|michael", "נועה|noa", "עומר|omer", "שירה|shira",
}

var hebrewFamily = []string{
	"אלון|alon", "בן חיים|benhaim", "גולדברג|goldberg", "הררי|harari", "כהן|kohen", "לבנון|levanon", "פרידמן|fridman",
	"שדה|sadeh",
}

var chineseGiven = []string{
	"伟|wei", "婷婷|tingting", "子涵|zihan", "志强|zhiqiang", "思远|siyuan", "明月|mingyue", "晓燕|xiaoyan", "欣怡|xinyi",
	"浩然|haoran", "雨桐|yutong",
}

var chineseFamily = []string{
	"何|he", "刘|liu", "司马|sima", "张|zhang", "李|li", "欧阳|ouyang", "王|wang", "赵|zhao", "陈|chen", "黄|huang",
}

var japaneseGiven = []string{
	"さくら|sakura", "健太|kenta", "千尋|chihiro", "大輔|daisuke", "美咲|misaki", "翔|sho", "花子|hanako", "ユキ|yuki",
}

var japaneseFamily = []string{
	"中村|nakamura", "佐々木|sasaki", "小林|kobayashi", "山田|yamada", "田中|tanaka", "長谷川|hasegawa", "鈴木|suzuki",
	"髙橋|takahashi",
}

var koreanGiven = []string{
	"민준|minjun", "서연|seoyeon", "수빈|subin", "지호|jiho", "하은|haeun", "현우|hyeonu",
}

var koreanFamily = []string{
	"김|kim", "남궁|namgung", "박|bak", "이|i", "정|jeong", "최|choe",
}
