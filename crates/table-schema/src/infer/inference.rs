//! All columns of a file, and the schema that they make.

use std::fmt::Write;

use super::column::Column;
use super::form::{self, Forms};

/// Looks at rows, and makes a schema that accepts all of them. The same rows make the same schema.
///
/// ```
/// let mut inference = table_schema::Inference::new(["id", "paid"]);
/// inference.see(&[b"A-1", b"2024-05-01"]);
/// inference.see(&[b"A-2", b"NA"]);
/// let schema = inference.schema("two rows", None);
/// assert!(schema.contains(r#"{"name": "paid", "type": "date", "missingValues": ["", "NA"]"#));
/// table_schema::Schema::from_json(schema.as_bytes())?;
/// # Ok::<(), table_schema::SchemaError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Inference {
    forms: Forms,
    names: Vec<String>,
    columns: Vec<Column>,
}

impl Inference {
    /// Of rows with these columns.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Inference {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let columns = vec![Column::new(); names.len()];
        Inference { forms: Forms::new(), names, columns }
    }

    /// One column more, which `rows` rows before had no cell for.
    pub fn add(&mut self, name: &str, rows: u64) {
        self.names.push(name.to_owned());
        self.columns.push(Column::missing(rows));
    }

    /// Whether there is no column.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Looks at a row. One that has another number of cells than there are columns tells nothing:
    /// no schema accepts it. Returns whether it was looked at.
    pub fn see(&mut self, cells: &[&[u8]]) -> bool {
        if cells.len() != self.columns.len() {
            return false;
        }
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.see(cell, &self.forms);
        }
        true
    }

    /// The schema as JSON, with what is known of each field in its `description`. `description` is
    /// that of the schema, and `dialect` the JSON of its member of this name.
    pub fn schema(&self, description: &str, dialect: Option<&str>) -> String {
        let mut out = format!("{{\n  \"description\": {},\n", quoted(description));
        if let Some(dialect) = dialect {
            let _ = writeln!(out, "  \"dialect\": {dialect},");
        }
        out.push_str("  \"fields\": [\n");
        for (number, (name, column)) in self.names.iter().zip(&self.columns).enumerate() {
            if number > 0 {
                out.push_str(",\n");
            }
            let found = column.found();
            let _ = write!(out, "    {{\"name\": {}, {}", quoted(name), form::members(found.form));
            if !found.missing.is_empty() {
                out.push_str(", \"missingValues\": [\"\"");
                for token in &found.missing {
                    let _ = write!(out, ", {}", quoted(token));
                }
                out.push(']');
            }
            let mut constraints = Vec::new();
            if found.required {
                constraints.push("\"required\": true".to_owned());
            }
            if !found.choices.is_empty() {
                let choices: Vec<String> = found
                    .choices
                    .iter()
                    .map(|choice| quoted(&String::from_utf8_lossy(choice)))
                    .collect();
                constraints.push(format!("\"enum\": [{}]", choices.join(", ")));
            }
            if !constraints.is_empty() {
                let _ = write!(out, ",\n     \"constraints\": {{{}}}", constraints.join(", "));
            }
            if !found.notes.is_empty() {
                let notes = quoted(&found.notes.join("; "));
                let _ = write!(out, ",\n     \"description\": {notes}");
            }
            out.push('}');
        }
        out.push_str("\n  ]\n}\n");
        out
    }
}

/// A JSON string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
