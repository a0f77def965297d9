// Package csvfile reads rosters from CSV files and writes them: it finds out
// how a file is written, streams its rows as records, proposes how its columns
// feed a list's fields, and writes exports and the rows that were rejected.
// What is valid and what changes is for the engine to say.
//
// What a reader of this package should know:
//
//   - A row's number is the one a spreadsheet shows: the header is row 1, a
//     quoted cell with line breaks is still one row, and blank lines count. Rows
//     without any text are counted but never yielded.
//   - A row that cannot be read whole carries a Problem and the stream goes on.
//     After a quote that never closes, or one in the wrong place, reading
//     resumes at the next line, so one stray quote costs one row.
//   - Unlike encoding/csv, line breaks inside quotes stay as they are, and a
//     file of lone carriage returns has rows.
//   - A first line "sep=;" is the delimiter's name, as in Excel, and no row.
//   - Years have four digits. 03/04/24 is left alone and so reported, because a
//     guessed century is how a child gets a pensioner's birthday.
//   - Exports are exact. Values that start with =, +, - or @ are written as they
//     are: an apostrophe in front would stop a spreadsheet from taking them for
//     formulas, but would come back as part of a person's name. Who exports
//     people that others could edit should open the file by "import as text".
package csvfile
