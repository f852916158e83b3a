//! The property `missingValues`: which cells are no value.

use serde_json::value::RawValue;

use super::properties::{Properties, read_raw};
use crate::error::{Place, SchemaError};
use crate::types::byte_set::ByteSet;

/// A cell that stands for null where the empty cell is a value: no text is this byte.
pub(crate) const NULL: &[u8] = b"\xff";

/// Which cells are no value.
#[derive(Clone, Debug)]
pub(crate) struct MissingValues {
    empty: bool,
    others: Option<ByteSet>,
    values: Vec<String>,
}

impl MissingValues {
    /// The default of the standard: the empty cell.
    pub(crate) fn empty_cell() -> MissingValues {
        MissingValues::of(vec![String::new()])
    }

    /// The property `missingValues`: strings, or objects with a `value` and perhaps a `label`.
    pub(crate) fn read(
        raw: &RawValue,
        at: impl Fn() -> Place,
    ) -> Result<MissingValues, SchemaError> {
        let what = "an array of strings or of objects with a value";
        let mut values: Vec<String> = Vec::new();
        for entry in read_raw::<Vec<Box<RawValue>>>(raw, &at, what)? {
            let value = if entry.get().starts_with('{') {
                let entry = Properties::of_object(&entry, &at, |_| at())?;
                let _: Option<String> = entry.read("label", &at, "a label that is a string")?;
                entry.read("value", &at, "a value that is a string")?.ok_or_else(|| {
                    at().invalid(
                        "an object has no value",
                        "give each object a \"value\" that is a string",
                    )
                })?
            } else {
                read_raw(&entry, &at, what)?
            };
            if values.contains(&value) {
                return Err(at().invalid(
                    format!("\"{value}\" is there twice"),
                    "give each missing value once",
                ));
            }
            values.push(value);
        }
        Ok(MissingValues::of(values))
    }

    fn of(values: Vec<String>) -> MissingValues {
        let others = ByteSet::new(values.iter().filter(|v| !v.is_empty()).map(String::as_bytes));
        MissingValues {
            empty: values.iter().any(String::is_empty),
            others: (others.len() > 0).then_some(others),
            values,
        }
    }

    /// The same and one more.
    pub(crate) fn with(&self, value: &str) -> MissingValues {
        let mut values = self.values.clone();
        if values.iter().all(|known| known != value) {
            values.push(value.to_owned());
        }
        MissingValues::of(values)
    }

    /// The same, and null where not even the empty cell is missing.
    pub(crate) fn with_null(&self) -> MissingValues {
        let mut missing = self.clone();
        if !self.empty {
            let values = self.values.iter().map(String::as_bytes);
            missing.others = Some(ByteSet::new(values.chain([NULL])));
        }
        missing
    }

    /// The cell that stands for null: missing in a field of [`MissingValues::with_null`].
    pub(crate) fn null(&self) -> &'static [u8] {
        if self.empty { b"" } else { NULL }
    }

    /// A cell that is no value: the empty one, if it is among them.
    pub(crate) fn any(&self) -> Option<&str> {
        if self.empty { Some("") } else { self.values.first().map(String::as_str) }
    }

    /// The missing values but the empty cell.
    pub(crate) fn others(&self) -> Option<&ByteSet> {
        self.others.as_ref()
    }

    #[inline]
    pub(crate) fn contains(&self, cell: &[u8]) -> bool {
        if cell.is_empty() {
            self.empty
        } else {
            self.others.as_ref().is_some_and(|others| others.contains(cell))
        }
    }
}
