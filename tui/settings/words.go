package settings

// originWords names a way in of which an approval speaks, and says what that
// means.
func originWords(origin string) (label, about string) {
	switch origin {
	case "import":
		return "Imports", "Changesets of files. Applied at once, the import screen and the command ask no more."
	case "scim":
		return "Pushes by SCIM", "What an identity provider pushes. Were it to wait, the provider would be told that it is done before anything is."
	case "sync":
		return "Syncs", "Changesets of the source that the list is connected to. Were they to wait, the list would not be kept current by itself."
	}
	return "Sessions", "Changesets that sessions are pushed as. While they wait, what updates people without a conflict is taken beforehand; " +
		"who is created is not."
}

// limitWords are what is said of one of the guard's limits.
type limitWords struct{ label, before, after, about string }

func wordsOf(limit string) limitWords {
	few := " is held until somebody has looked at it. 0 is no limit; few people are no share."
	switch limit {
	case "deactivations":
		return limitWords{"Deactivations", "more than ", " people", "A changeset that would deactivate more people is held until somebody has looked at it. 0 is no limit."}
	case "updates":
		return limitWords{"Updates", "more than ", " people", "A changeset that would update more people is held until somebody has looked at it. 0 is no limit."}
	case "deactivate-percent":
		return limitWords{"Deactivated share", "more than ", " % of the active people", "A changeset that would deactivate a greater share" + few}
	case "update-percent":
		return limitWords{"Updated share", "more than ", " % of the active people", "A changeset that would update a greater share" + few}
	case "emptied-percent":
		return limitWords{"Emptied share", "more than ", " % of those with a value", "A changeset that would empty a field for a greater share of those who have a value in it" + few}
	}
	return limitWords{"A share is", "", " people or more", "The shares above hold only what touches at least so many people."}
}
