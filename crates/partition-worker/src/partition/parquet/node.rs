//! The tree of a file's columns, and how a row is put together from their values: the levels say
//! which lists go on and what is null.
//!
//! Source: "Dremel: Interactive Analysis of Web-Scale Datasets", section 4, and the rules for lists
//! and maps of parquet-format's LogicalTypes.md.

use parquet::basic::{ConvertedType, LogicalType, Repetition};
use parquet::errors::{ParquetError, Result};
use parquet::schema::types::Type;
use table_schema::Schema;

use super::column_values::ColumnValues;
use super::form::Form;
use super::problem::ParquetProblem;
use super::scalar::{CellWriter, write_text};

/// Columns inside each other.
const DEPTH: usize = 64;

/// A column, or what it consists of.
pub(super) struct Node {
    /// Its name as JSON, with the colon behind it.
    name: Vec<u8>,
    kind: Kind,
    /// The columns with values that it has, by their numbers.
    first: usize,
    last: usize,
    /// The definition level from which on it is there.
    definition: i16,
}

enum Kind {
    Value(Form),
    Struct(Vec<Node>),
    /// The repetition level of its items.
    List(Box<Node>, i16),
    Map(Box<Node>, Box<Node>, i16),
}

/// Where in the tree a column is.
#[derive(Clone, Copy)]
struct Levels {
    definition: i16,
    repetition: i16,
    depth: usize,
}

/// What a row is written with.
pub(super) struct RowWriter<'r> {
    pub(super) schema: &'r Schema,
    pub(super) columns: &'r mut [ColumnValues],
    pub(super) text: &'r mut Vec<u8>,
}

impl Node {
    /// The columns of a file.
    pub(super) fn columns_of(root: &Type) -> std::result::Result<Vec<Node>, ParquetProblem> {
        let mut leaves = 0;
        let top = Levels { definition: 0, repetition: 0, depth: 0 };
        root.get_fields().iter().map(|column| Node::of(column, "", top, &mut leaves)).collect()
    }

    fn of(
        column: &Type,
        above: &str,
        levels: Levels,
        leaves: &mut usize,
    ) -> std::result::Result<Node, ParquetProblem> {
        let Levels { definition, repetition, depth } = levels;
        let (first, info) = (*leaves, column.get_basic_info());
        let path = if above.is_empty() {
            column.name().to_owned()
        } else {
            format!("{above}.{}", column.name())
        };
        if depth > DEPTH {
            let column = path.split('.').next().unwrap_or_default().to_owned();
            return Err(ParquetProblem::TooDeep { column, limit: DEPTH });
        }
        if info.has_repetition() && info.repetition() == Repetition::REPEATED {
            // Outside of a list or a map it is a list that is always there.
            let inside =
                Levels { definition: definition + 1, repetition: repetition + 1, depth: depth + 1 };
            let item = Node::content(column, &path, inside, leaves)?;
            return Ok(Node {
                name: json_name(column.name()),
                kind: Kind::List(Box::new(item), repetition + 1),
                first,
                last: *leaves,
                definition,
            });
        }
        let definition = definition + i16::from(column.is_optional());
        Node::content(column, &path, Levels { definition, ..levels }, leaves)
    }

    /// What a column is that is there from this level on, however often it may be.
    fn content(
        column: &Type,
        path: &str,
        levels: Levels,
        leaves: &mut usize,
    ) -> std::result::Result<Node, ParquetProblem> {
        let Levels { definition, repetition, depth } = levels;
        let (first, info) = (*leaves, column.get_basic_info());
        let inside =
            Levels { definition: definition + 1, repetition: repetition + 1, depth: depth + 1 };
        let kind = if column.is_primitive() {
            *leaves += 1;
            Kind::Value(Form::of(column, path)?)
        } else if let (true, Some(repeated)) = (is_list(column), only_repeated(column)) {
            let is_item = repeated.is_primitive()
                || repeated.get_fields().len() != 1
                || repeated.name() == "array"
                || repeated.name() == format!("{}_tuple", column.name());
            let item = if is_item {
                Node::content(repeated, path, inside, leaves)?
            } else {
                Node::of(&repeated.get_fields()[0], path, inside, leaves)?
            };
            Kind::List(Box::new(item), repetition + 1)
        } else if let (true, Some([key, value])) =
            (is_map(column), only_repeated(column).and_then(two_fields))
        {
            let key = Node::of(key, path, inside, leaves)?;
            let value = Node::of(value, path, inside, leaves)?;
            Kind::Map(Box::new(key), Box::new(value), repetition + 1)
        } else if matches!(info.logical_type_ref(), Some(LogicalType::Variant(_))) {
            return Err(ParquetProblem::Column {
                column: path.to_owned(),
                kind: "a variant".to_owned(),
                remedy: "cast it to text or a struct, or leave it out of the file",
            });
        } else {
            let inside = Levels { depth: depth + 1, ..levels };
            let members = column.get_fields().iter();
            Kind::Struct(
                members
                    .map(|member| Node::of(member, path, inside, leaves))
                    .collect::<std::result::Result<_, _>>()?,
            )
        };
        Ok(Node { name: json_name(column.name()), kind, first, last: *leaves, definition })
    }

    /// What its values are, if it is not made up of others.
    pub(super) fn form(&self) -> Option<Form> {
        match self.kind {
            Kind::Value(form) => Some(form),
            _ => None,
        }
    }

    /// Appends its name, as JSON has it, and its next value.
    pub(super) fn write_member(
        &self,
        field: Option<usize>,
        writer: &mut RowWriter<'_>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        out.extend_from_slice(&self.name);
        self.write(field, writer, out)
    }

    fn write(
        &self,
        field: Option<usize>,
        writer: &mut RowWriter<'_>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        match &self.kind {
            Kind::Value(form) => {
                let RowWriter { schema, columns, text } = writer;
                let column = &mut columns[self.first];
                match column.stored()? {
                    Some(stored) => CellWriter { schema, field, text }.write(*form, stored, out),
                    None => out.extend_from_slice(b"null"),
                }
                column.pass()
            }
            Kind::Struct(members) => {
                if self.is_null(writer) {
                    return self.pass(b"null", writer, out);
                }
                out.push(b'{');
                for (number, member) in members.iter().enumerate() {
                    if number > 0 {
                        out.push(b',');
                    }
                    member.write_member(None, writer, out)?;
                }
                out.push(b'}');
                Ok(())
            }
            Kind::List(item, repetition) => {
                if self.is_null(writer) {
                    return self.pass(b"null", writer, out);
                }
                if self.is_empty(writer) {
                    return self.pass(b"[]", writer, out);
                }
                out.push(b'[');
                item.write(None, writer, out)?;
                while self.goes_on(*repetition, writer) {
                    out.push(b',');
                    item.write(None, writer, out)?;
                }
                out.push(b']');
                Ok(())
            }
            Kind::Map(key, value, repetition) => {
                if self.is_null(writer) {
                    return self.pass(b"null", writer, out);
                }
                if self.is_empty(writer) {
                    return self.pass(b"{}", writer, out);
                }
                out.push(b'{');
                loop {
                    let start = out.len();
                    key.write(None, writer, out)?;
                    // A name is text, whatever the key is.
                    if out.get(start) != Some(&b'"') {
                        let text = out.split_off(start);
                        write_text(&text, out);
                    }
                    out.push(b':');
                    value.write(None, writer, out)?;
                    if !self.goes_on(*repetition, writer) {
                        break;
                    }
                    out.push(b',');
                }
                out.push(b'}');
                Ok(())
            }
        }
    }

    fn is_null(&self, writer: &RowWriter<'_>) -> bool {
        self.leads(writer).is_some_and(|column| column.definition() < self.definition)
    }

    fn is_empty(&self, writer: &RowWriter<'_>) -> bool {
        self.leads(writer).is_some_and(|column| column.definition() == self.definition)
    }

    fn goes_on(&self, repetition: i16, writer: &RowWriter<'_>) -> bool {
        self.leads(writer).is_some_and(|column| column.repetition() == repetition)
    }

    /// The column whose levels tell about it.
    fn leads<'w>(&self, writer: &'w RowWriter<'_>) -> Option<&'w ColumnValues> {
        (self.first < self.last).then(|| &writer.columns[self.first])
    }

    /// Appends what stands for all of it, and passes one place of each of its columns.
    fn pass(&self, text: &[u8], writer: &mut RowWriter<'_>, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(text);
        let columns = &mut writer.columns[self.first..self.last];
        if columns.iter().any(ColumnValues::is_at_end) {
            return Err(ParquetError::General("a column has fewer values than rows".to_owned()));
        }
        columns.iter_mut().try_for_each(ColumnValues::pass)
    }
}

fn json_name(name: &str) -> Vec<u8> {
    let mut json = Vec::new();
    write_text(name.as_bytes(), &mut json);
    json.push(b':');
    json
}

fn is_list(column: &Type) -> bool {
    let info = column.get_basic_info();
    info.converted_type() == ConvertedType::LIST
        || matches!(info.logical_type_ref(), Some(LogicalType::List))
}

fn is_map(column: &Type) -> bool {
    let info = column.get_basic_info();
    matches!(info.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE)
        || matches!(info.logical_type_ref(), Some(LogicalType::Map))
}

/// What a list or a map has inside.
fn only_repeated(column: &Type) -> Option<&Type> {
    let [repeated] = column.get_fields() else { return None };
    let info = repeated.get_basic_info();
    (info.has_repetition() && info.repetition() == Repetition::REPEATED).then_some(repeated)
}

fn two_fields(column: &Type) -> Option<[&Type; 2]> {
    match (column.is_group(), column.get_fields()) {
        (true, [key, value]) => Some([key, value]),
        _ => None,
    }
}
