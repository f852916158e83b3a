//! A line read as one object.

use serde::de::DeserializeSeed as _;

use crate::members::{Members, Place};

/// Rows of up to this many cells are handed on from the stack; longer ones allocate.
const FEW_CELLS: usize = 32;

/// Reads lines as objects; keeps its buffers between them.
#[derive(Clone, Debug)]
pub struct ObjectReader {
    names: Vec<String>,
    nulls: Vec<&'static [u8]>,
    any_name: bool,
    places: Vec<Place>,
    /// Strings whose escapes are undone.
    texts: Vec<u8>,
    unknown: Vec<String>,
}

/// The row that an object is.
#[derive(Clone, Copy, Debug)]
pub struct Row<'r> {
    /// The cells, in the order of the fields.
    pub cells: &'r [&'r [u8]],
    /// Names of members that are no fields, in the order of the object; none where they are
    /// allowed.
    pub unknown: &'r [String],
}

impl Row<'_> {
    /// What is said of the members that are no fields, one reason for each.
    pub fn extra_reasons(&self) -> impl Iterator<Item = String> {
        self.unknown
            .iter()
            .map(|name| format!("extra-cell in field {name:?}: the schema has no such field"))
    }
}

/// Why a line is no row.
#[derive(Debug, thiserror::Error)]
pub enum NotARow {
    /// It is not UTF-8, from this byte on.
    #[error("not a JSON object: not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// It is not JSON, or no object.
    #[error("not a JSON object: {0}")]
    NotAnObject(#[source] serde_json::Error),
    /// Readers differ in which of the two they take.
    #[error("the member {0:?} is there twice")]
    Twice(String),
    /// A string that is no Unicode text, such as `"\ud800"`.
    #[error("the member {name:?} is no text: {source}")]
    NotAText {
        /// The name of the member.
        name: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl ObjectReader {
    /// A reader of objects with these fields, each with the cell that stands for null. `any_name`
    /// says that they may have other members, which are passed over.
    pub fn new(
        fields: impl IntoIterator<Item = (String, &'static [u8])>,
        any_name: bool,
    ) -> ObjectReader {
        let (names, nulls): (Vec<String>, Vec<&'static [u8]>) = fields.into_iter().unzip();
        let places = vec![Place::default(); names.len()];
        ObjectReader { names, nulls, any_name, places, texts: Vec::new(), unknown: Vec::new() }
    }

    /// Calls `each` with the row that `line` is.
    ///
    /// # Errors
    ///
    /// If it is no JSON object, or one whose members cannot be told.
    pub fn read<R>(&mut self, line: &[u8], each: impl FnOnce(Row<'_>) -> R) -> Result<R, NotARow> {
        let line =
            std::str::from_utf8(line).map_err(|error| NotARow::NotUtf8(error.valid_up_to()))?;
        self.find(line)?;
        self.undo_escapes(line)?;
        let ObjectReader { nulls, places, texts, unknown, .. } = self;
        let cell = |(place, null): (&Place, &&'static [u8])| -> &[u8] {
            match *place {
                Place { from: 0, to: 0 } => null,
                // What comes from the texts stands behind the line.
                Place { from, to } if from >= line.len() => {
                    &texts[from - line.len()..to - line.len()]
                }
                Place { from, to } => &line.as_bytes()[from..to],
            }
        };
        let cells = places.iter().zip(nulls.iter());
        if places.len() <= FEW_CELLS {
            let mut few = [b"".as_slice(); FEW_CELLS];
            for (slot, of) in few.iter_mut().zip(cells) {
                *slot = cell(of);
            }
            return Ok(each(Row { cells: &few[..places.len()], unknown }));
        }
        let cells: Vec<&[u8]> = cells.map(cell).collect();
        Ok(each(Row { cells: &cells, unknown }))
    }

    /// Finds the values in the line.
    fn find(&mut self, line: &str) -> Result<(), NotARow> {
        let ObjectReader { names, any_name, places, unknown, .. } = self;
        places.fill(Place::default());
        unknown.clear();
        let mut twice = None;
        let members = Members {
            line,
            names,
            places,
            unknown: (!*any_name).then_some(unknown),
            twice: &mut twice,
        };
        let mut json = serde_json::Deserializer::from_str(line);
        members.deserialize(&mut json).and_then(|()| json.end()).map_err(NotARow::NotAnObject)?;
        match twice {
            Some(index) => Err(NotARow::Twice(names[index].clone())),
            None => Ok(()),
        }
    }

    /// Takes the quotes off strings, and forgets the places of nulls.
    fn undo_escapes(&mut self, line: &str) -> Result<(), NotARow> {
        self.texts.clear();
        for (place, name) in self.places.iter_mut().zip(&self.names) {
            let value = &line[place.from..place.to];
            if value == "null" {
                *place = Place::default();
            } else if let Some(inner) = value.strip_prefix('"') {
                if inner.contains('\\') {
                    let text: String = serde_json::from_str(value)
                        .map_err(|source| NotARow::NotAText { name: name.clone(), source })?;
                    let from = line.len() + self.texts.len();
                    self.texts.extend_from_slice(text.as_bytes());
                    *place = Place { from, to: from + text.len() };
                } else {
                    *place = Place { from: place.from + 1, to: place.to - 1 };
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;

    fn reader(any_name: bool) -> ObjectReader {
        let null = b"-".as_slice();
        ObjectReader::new(["a", "b", "c"].map(|name| (name.to_owned(), null)), any_name)
    }

    fn cells(line: &str) -> Vec<String> {
        let text = |cell: &&[u8]| String::from_utf8(cell.to_vec()).unwrap();
        reader(true).read(line.as_bytes(), |row| row.cells.iter().map(text).collect()).unwrap()
    }

    #[test]
    fn a_cell_is_the_text_of_its_value() {
        assert_eq!(cells(r#"{"a":"x","b":1.50,"c":true}"#), ["x", "1.50", "true"]);
        assert_eq!(cells(" {\"c\" : [1, 2] , \"a\":\"\"}\r\n"), ["", "-", "[1, 2]"]);
        assert_eq!(
            cells(r#"{"a":null,"\u0062":"\"\ud83d\ude00","c":{"a":null}}"#),
            ["-", "\"😀", "{\"a\":null}"]
        );
        // More digits and a larger exponent than any float has.
        let long = "12345678901234567890.123456789012345678901234567890";
        assert_eq!(
            cells(&format!(r#"{{"a":{long},"b":-1e999,"c":"1e999"}}"#)),
            [long, "-1e999", "1e999"]
        );
        assert_eq!(cells("{}"), ["-"; 3]);
        assert_eq!(cells(r#"{"b":"\\","d":"\ud800","a":"\n"}"#), ["\n", "\\", "-"]);
    }

    #[test]
    fn what_is_no_row_is_told_with_its_place() {
        let wrong = |line: &[u8]| reader(false).read(line, |_| ()).unwrap_err().to_string();
        for (line, says) in [
            ("", "not a JSON object: EOF"),
            ("[1]", "not a JSON object: invalid type: sequence, expected a JSON object at line 1"),
            ("7", "not a JSON object: invalid type: integer"),
            ("{\"a\":1} {\"a\":2}", "trailing characters at line 1 column 9"),
            ("{\"a\":01}", "column 7"),
            ("{\"a\":NaN}", "column 6"),
            ("{'a':1}", "column 2"),
            ("{\"a\":1,}", "trailing comma at line 1 column 8"),
            ("{\"a\":1,\"b\":2,\"a\":3}", "the member \"a\" is there twice"),
            ("{\"a\":null,\"a\":3}", "the member \"a\" is there twice"),
            ("{\"b\":\"\\ud800\"}", "the member \"b\" is no text"),
            ("{\"b\":\"\t\"}", "control character"),
        ] {
            assert!(wrong(line.as_bytes()).contains(says), "{line}: {}", wrong(line.as_bytes()));
        }
        assert!(wrong(b"{\"a\":\"\xff\"}").contains("not UTF-8 at byte 6"));
        // Nothing is looked into, so that no depth takes the stack.
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(reader(false).read(deep.as_bytes(), |_| ()).is_ok());
    }

    #[test]
    fn members_that_are_no_fields_are_told_unless_any_name_is_allowed() {
        let line = br#"{"z":{"a":1},"a":1,"y":2,"z":3}"#;
        let unknown = |any_name| {
            let mut reader = reader(any_name);
            reader.read(line, |row| row.unknown.to_vec()).unwrap()
        };
        assert_eq!(unknown(false), ["z", "y", "z"]);
        assert!(unknown(true).is_empty());
    }

    proptest! {
        #[test]
        fn rows_are_those_of_a_plain_reader(
            members in prop::collection::vec(
                (
                    "\"[abcd\\\\]{1,2}\":[ ]?",
                    "[0-9.e]{1,4}|\"[a\\\\\"u]{0,3}\"|null|true|\\[1\\]|\\{\\}",
                    ",?",
                ),
                0..4,
            ),
            end in "\\}?",
        ) {
            let members = members.into_iter().map(|(name, value, end)| name + &value + &end);
            let line = format!(" {{{}{end}", members.collect::<String>());
            let mut used = reader(true);
            let _before = used.read(br#"{"a":"\n","c":2}"#, |_| ());
            let found = used.read(line.as_bytes(), |row| {
                row.cells.iter().map(|cell| cell.to_vec()).collect::<Vec<_>>()
            });
            let model: Result<Map<String, Value>, _> = serde_json::from_str(&line);
            match (found, model) {
                (Ok(found), Ok(model)) => {
                    for (name, cell) in ["a", "b", "c"].iter().zip(found) {
                        let text = String::from_utf8(cell).unwrap();
                        match model.get(*name) {
                            None | Some(Value::Null) => prop_assert_eq!(text, "-"),
                            Some(Value::String(value)) => prop_assert_eq!(&text, value),
                            Some(value) => {
                                let read: Value = serde_json::from_str(&text).unwrap();
                                prop_assert_eq!(&read, value);
                            }
                        }
                    }
                }
                (Err(NotARow::Twice(_)), Ok(_)) => {}
                // What is not looked into may hold a number that is none for a plain reader.
                (Ok(_), Err(error)) => prop_assert!(
                    error.to_string().contains("out of range") || line.contains("\\u"),
                    "{line}: {error}"
                ),
                (Err(_), Err(_)) => {}
                (Err(error), Ok(_)) => prop_assert!(false, "{line}: {error}"),
            }
        }
    }
}
