package csvfile

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold is a name as names are compared: letters and digits only, in lower case
// and without accents, so that "E-Mail", "e_mail" and "Email" are one.
func fold(name string) string {
	var b strings.Builder
	for _, c := range norm.NFD.String(strings.ToLower(name)) {
		switch {
		case c == 'ß':
			b.WriteString("ss")
		case unicode.IsLetter(c) || unicode.IsDigit(c):
			b.WriteRune(c)
		}
	}
	return b.String()
}

// words are the folded words of a name; "studentID" has two.
func words(name string) []string {
	var spaced strings.Builder
	lower := false
	for _, c := range name {
		if lower && unicode.IsUpper(c) {
			spaced.WriteByte(' ')
		}
		lower = unicode.IsLower(c)
		spaced.WriteRune(c)
	}
	all := strings.FieldsFunc(spaced.String(), func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.Is(unicode.Mn, c)
	})
	for i := range all {
		all[i] = fold(all[i])
	}
	return all
}

func hasWord(name string, wanted ...string) bool {
	return slices.ContainsFunc(words(name), func(word string) bool { return slices.Contains(wanted, word) })
}

// identifies reports whether a column's name says that its values stand for
// something, however many digits they have: never a number, never a choice.
func identifies(name string) bool {
	switch concept(name) {
	case conceptStudent, conceptEmployee, conceptUsername, conceptPhone, conceptMobile, conceptCard, conceptPostcode, conceptUID:
		return true
	}
	return hasWord(name, "id", "ids", "uid", "guid", "uuid", "no", "nr", "num", "number", "nummer", "numero", "code", "key",
		"ref", "reference", "card", "badge", "barcode", "rfid", "pin", "tel", "fax", "ssn", "account", "room", "raum", "ext", "extension", "district")
}

// measures reports whether a column's name says that one calculates with its
// values.
func measures(name string) bool {
	return hasWord(name, "age", "hours", "fte", "gpa", "credit", "credits", "points", "score", "amount", "balance", "salary", "height",
		"weight", "count", "quantity", "qty", "percent", "percentage", "rate", "total", "price", "alter", "stunden", "betrag", "edad", "heures", "horas")
}

// namesPerson reports whether a column's values are what people are called, or
// text about them.
func namesPerson(name string) bool {
	switch concept(name) {
	case conceptFirst, conceptMiddle, conceptLast, conceptDisplay, conceptNickname, conceptAddress, conceptManager:
		return true
	case "":
		return hasWord(name, "name", "suffix", "prefix", "notes", "note", "comment", "comments", "remark", "remarks", "bemerkung", "website", "url", "photo", "picture")
	}
	return false
}

// A concept is what people everywhere keep of people, whatever they call it.
const (
	conceptUID        = "uid"
	conceptFirst      = "first_name"
	conceptMiddle     = "middle_name"
	conceptLast       = "last_name"
	conceptDisplay    = "display_name"
	conceptNickname   = "nickname"
	conceptEmail      = "email"
	conceptPhone      = "phone"
	conceptMobile     = "mobile"
	conceptTitle      = "job_title"
	conceptDepartment = "department"
	conceptEmployee   = "employee_number"
	conceptStudent    = "student_id"
	conceptUsername   = "username"
	conceptBirth      = "date_of_birth"
	conceptGender     = "gender"
	conceptGrade      = "grade"
	conceptStart      = "start_date"
	conceptEnd        = "end_date"
	conceptCard       = "card_number"
	conceptCompany    = "company"
	conceptLocation   = "location"
	conceptAddress    = "address"
	conceptCity       = "city"
	conceptPostcode   = "postcode"
	conceptCountry    = "country"
	conceptManager    = "manager"
)

// concept returns what a column or field of that name is about, in English,
// German, French or Spanish; "" is anything else.
func concept(name string) string {
	switch fold(name) {
	case "id", "uid", "uniqueid", "uniqueidentifier", "identifier", "personid", "kennung", "identifiant", "identificador":
		return conceptUID
	case "firstname", "forename", "forenames", "givenname", "givennames", "christianname", "fname", "vorname", "vornamen", "rufname", "prenom", "prenoms", "nombre", "nombres", "primernombre":
		return conceptFirst
	case "middlename", "middlenames", "middleinitial", "zweitername", "deuxiemeprenom", "segundonombre":
		return conceptMiddle
	case "lastname", "surname", "surnames", "familyname", "lname", "nachname", "familienname", "zuname", "nom", "nomdefamille", "apellido", "apellidos":
		return conceptLast
	case "name", "fullname", "displayname", "completename", "vollstandigername", "anzeigename", "nomcomplet", "nombrecompleto":
		return conceptDisplay
	case "nickname", "preferredname", "knownas", "preferredfirstname", "spitzname", "surnom", "apodo":
		return conceptNickname
	case "email", "mail", "emailaddress", "mailaddress", "emailid", "primaryemail", "workemail", "schoolemail", "emailadresse", "mailadresse", "courriel", "adressemail", "adresseemail", "correo", "correoelectronico":
		return conceptEmail
	case "phone", "phonenumber", "phoneno", "telephone", "telephonenumber", "tel", "telno", "workphone", "officephone", "telefon", "telefonnummer", "telefonnr", "telefono", "numerodetelephone", "numerodetelefono":
		return conceptPhone
	case "mobile", "mobilephone", "mobilenumber", "mobileno", "cell", "cellphone", "cellnumber", "handy", "handynummer", "mobil", "mobiltelefon", "mobilnummer", "portable", "telephoneportable", "telephonemobile", "movil", "celular", "telefonomovil":
		return conceptMobile
	case "jobtitle", "position", "jobposition", "role", "jobrole", "occupation", "stelle", "funktion", "berufsbezeichnung", "poste", "fonction", "intituleduposte", "puesto", "cargo":
		return conceptTitle
	case "department", "dept", "departmentname", "deptname", "division", "abteilung", "fachbereich", "departement", "service", "departamento":
		return conceptDepartment
	case "employeenumber", "employeeid", "employeeno", "empid", "empno", "employeecode", "staffid", "staffnumber", "staffno", "payrollno", "payrollnumber", "payrollid", "personnelnumber", "personnelno", "workerid", "personalnummer", "personalnr", "mitarbeiternummer", "mitarbeiternr", "matricule", "numeroemploye", "numerodemploye", "numeroempleado", "numerodeempleado":
		return conceptEmployee
	case "studentid", "studentnumber", "studentno", "studentcode", "pupilid", "pupilnumber", "pupilno", "admissionnumber", "admissionno", "matriculationnumber", "matrikelnummer", "matrikelnr", "schulernummer", "numeroetudiant", "numerodetudiant", "numeroestudiante", "numerodeestudiante", "numerodematricula", "matricula":
		return conceptStudent
	case "username", "userid", "user", "login", "loginname", "logon", "account", "accountname", "samaccountname", "upn", "userprincipalname", "benutzername", "anmeldename", "nomdutilisateur", "usuario", "nombredeusuario":
		return conceptUsername
	case "dateofbirth", "dob", "birthdate", "birthday", "birthdaydate", "born", "geburtsdatum", "geburtstag", "datedenaissance", "naissance", "fechadenacimiento", "fechanacimiento":
		return conceptBirth
	case "gender", "sex", "geschlecht", "sexe", "genre", "sexo", "genero":
		return conceptGender
	case "grade", "gradelevel", "yeargroup", "schoolyear", "class", "form", "klasse", "jahrgang", "classe", "niveau", "curso", "grado":
		return conceptGrade
	case "startdate", "hiredate", "datehired", "datejoined", "joindate", "joiningdate", "startson", "eintrittsdatum", "eintritt", "datedebut", "datedembauche", "fechadeinicio", "fechadeingreso":
		return conceptStart
	case "enddate", "leavingdate", "dateleft", "leavedate", "terminationdate", "expirydate", "austrittsdatum", "austritt", "datefin", "datedefin", "fechadefin", "fechadebaja":
		return conceptEnd
	case "cardnumber", "cardno", "cardid", "badgenumber", "badgeno", "badgeid", "cardserialnumber", "csn", "rfid", "kartennummer", "kartennr", "numerodecarte", "numerodetarjeta":
		return conceptCard
	case "company", "companyname", "organisation", "organization", "employer", "firma", "unternehmen", "entreprise", "societe", "empresa":
		return conceptCompany
	case "location", "site", "campus", "office", "building", "standort", "gebaude", "lieu", "ubicacion", "sede":
		return conceptLocation
	case "address", "street", "streetaddress", "addressline1", "adresse", "strasse", "anschrift", "rue", "direccion", "calle":
		return conceptAddress
	case "city", "town", "ort", "stadt", "ville", "ciudad":
		return conceptCity
	case "postcode", "zip", "zipcode", "postalcode", "plz", "postleitzahl", "codepostal", "codigopostal":
		return conceptPostcode
	case "country", "land", "pays", "pais":
		return conceptCountry
	case "manager", "supervisor", "linemanager", "vorgesetzter", "responsable": //nolint:misspell // French and Spanish
		return conceptManager
	}
	return ""
}
