//! Any bytes as a line of JSON lines.

use std::cell::RefCell;

use json_records::{NotARow, ObjectReader};
use serde_json::{Map, Value};

const NAMES: [&str; 3] = ["id", "amount", "more"];

fn reader() -> ObjectReader {
    ObjectReader::new(NAMES.map(|name| (name.to_owned(), b"\xff".as_slice())), false)
}

thread_local! {
    static USED: RefCell<ObjectReader> = RefCell::new(reader());
}

/// The cells of a line, and the names that are no fields.
type Cells = Result<(Vec<Vec<u8>>, Vec<String>), String>;

fn read(reader: &mut ObjectReader, line: &[u8]) -> Result<(Vec<Vec<u8>>, Vec<String>), NotARow> {
    reader.read(line, |row| {
        (row.cells.iter().map(|cell| cell.to_vec()).collect(), row.unknown.to_vec())
    })
}

/// A line is a row whatever came before it, and its cells are the values of a plain reader.
pub(crate) fn holds(data: &[u8]) {
    let told = |read: Result<_, NotARow>| -> Cells { read.map_err(|error| error.to_string()) };
    let fresh = read(&mut reader(), data);
    let used = USED.with_borrow_mut(|used| told(read(used, data)));
    let plain: Result<Map<String, Value>, _> = serde_json::from_slice(data);
    match (&fresh, plain) {
        (Ok((cells, unknown)), Ok(mut plain)) => {
            for (name, cell) in NAMES.iter().zip(cells) {
                match plain.remove(*name) {
                    None | Some(Value::Null) => assert_eq!(cell, b"\xff"),
                    Some(Value::String(text)) => assert_eq!(cell, text.as_bytes()),
                    Some(value) => {
                        let text = str::from_utf8(cell).expect("a value is UTF-8");
                        assert_eq!(serde_json::from_str::<Value>(text).ok(), Some(value));
                    }
                }
            }
            assert!(unknown.iter().all(|name| plain.contains_key(name)));
            assert!(plain.keys().all(|name| unknown.contains(name)));
        }
        (Err(NotARow::Twice(name)), _) => assert!(NAMES.contains(&name.as_str())),
        (Err(_), plain) => assert!(plain.is_err(), "an object is a row"),
        // Values that are not looked into: numbers beyond a float, lone surrogates.
        (Ok(_), Err(_)) => {}
    }
    assert_eq!(used, told(fresh), "what came before shows");
}
