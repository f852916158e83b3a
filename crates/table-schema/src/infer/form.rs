//! The forms of values that are tried, the narrowest first.

use std::sync::Arc;

use crate::schema::{Field, Schema};

/// A type with its format, and what a value has to be besides.
struct Form {
    /// The members of the field's descriptor.
    json: &'static str,
    /// Leaves out what the type would accept and nobody means: `007` is no number.
    is_meant: fn(&[u8]) -> bool,
    /// Forms of one group read the same text as different values.
    group: Group,
}

/// What forms may be taken for each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    None,
    Number,
    Date,
    Datetime,
}

const fn form(json: &'static str, is_meant: fn(&[u8]) -> bool, group: Group) -> Form {
    Form { json, is_meant, group }
}

/// What is tried, the first that all values have being chosen. The last one is any text.
const FORMS: [Form; 28] = [
    form(r#""type": "boolean""#, |cell| !cell[0].is_ascii_digit(), Group::None),
    form(r#""type": "integer""#, |cell| is_counted(cell) && cell.len() <= 18, Group::None),
    form(r#""type": "number""#, is_counted, Group::Number),
    form(r#""type": "number", "groupChar": ",", "strictGroups": true"#, is_counted, Group::Number),
    form(r#""type": "number", "decimalChar": ",""#, is_counted, Group::Number),
    form(
        r#""type": "number", "decimalChar": ",", "groupChar": ".", "strictGroups": true"#,
        is_counted,
        Group::Number,
    ),
    form(r#""type": "date""#, any, Group::None),
    form(r#""type": "date", "format": "%d.%m.%Y""#, any, Group::None),
    form(r#""type": "date", "format": "%d/%m/%Y""#, any, Group::Date),
    form(r#""type": "date", "format": "%m/%d/%Y""#, any, Group::Date),
    form(r#""type": "date", "format": "%Y/%m/%d""#, any, Group::None),
    form(r#""type": "datetime""#, any, Group::None),
    form(r#""type": "datetime", "format": "%Y-%m-%d %H:%M:%S""#, any, Group::None),
    form(r#""type": "datetime", "format": "%Y-%m-%d %H:%M""#, any, Group::None),
    form(r#""type": "datetime", "format": "%d.%m.%Y %H:%M:%S""#, any, Group::None),
    form(r#""type": "datetime", "format": "%d/%m/%Y %H:%M:%S""#, any, Group::Datetime),
    form(r#""type": "datetime", "format": "%m/%d/%Y %H:%M:%S""#, any, Group::Datetime),
    form(r#""type": "time""#, any, Group::None),
    form(r#""type": "yearmonth""#, any, Group::None),
    form(r#""type": "duration""#, any, Group::None),
    form(r#""type": "object""#, any, Group::None),
    form(r#""type": "array""#, any, Group::None),
    form(r#""type": "string", "format": "uuid""#, any, Group::None),
    form(r#""type": "string", "identifier": "iban""#, any, Group::None),
    form(r#""type": "string", "identifier": "isin""#, any, Group::None),
    form(r#""type": "string", "format": "email""#, any, Group::None),
    form(r#""type": "string", "format": "uri""#, has_authority, Group::None),
    form(r#""type": "string""#, any, Group::None),
];

/// How many forms there are.
pub(super) const COUNT: usize = FORMS.len();

/// The form that every text has.
pub(super) const TEXT: usize = COUNT - 1;

fn any(_: &[u8]) -> bool {
    true
}

/// Whether a number is one that is counted with: it has a digit, and no zeros or plus before it, as
/// the numbers of accounts and telephones have.
fn is_counted(cell: &[u8]) -> bool {
    let unsigned = cell.strip_prefix(b"-").unwrap_or(cell);
    let is_padded =
        unsigned.first() == Some(&b'0') && unsigned.get(1).is_some_and(u8::is_ascii_digit);
    cell.iter().any(u8::is_ascii_digit) && cell.first() != Some(&b'+') && !is_padded
}

fn has_authority(cell: &[u8]) -> bool {
    cell.windows(3).any(|three| three == b"://")
}

/// The forms as fields, compiled from the very text that a schema gets.
#[derive(Clone, Debug)]
pub(super) struct Forms(Vec<Arc<[Field]>>);

impl Forms {
    pub(super) fn new() -> Forms {
        let compiled = |form: &Form| {
            let schema = format!(r#"{{"fields": [{{"name": "x", {}}}]}}"#, form.json);
            Schema::from_json(schema.as_bytes()).expect("a form is a field").fields
        };
        Forms(FORMS.iter().map(compiled).collect())
    }

    /// The field of a form, which has no constraints.
    pub(super) fn field(&self, form: usize) -> &Field {
        &self.0[form][0]
    }

    /// Whether a value, which is not empty, is of the form.
    pub(super) fn accepts(&self, form: usize, cell: &[u8]) -> bool {
        (FORMS[form].is_meant)(cell) && self.field(form).field_type.parse(cell).is_some()
    }
}

/// The members of the descriptor of a field of this form.
pub(super) fn members(form: usize) -> &'static str {
    FORMS[form].json
}

/// Pairs of forms that may read a text as two different values, the one that is tried first before
/// the other.
pub(super) fn rivals() -> impl Iterator<Item = (usize, usize)> {
    let is_rival = |one: usize, other: usize| {
        FORMS[one].group != Group::None && FORMS[one].group == FORMS[other].group
    };
    (0..COUNT).flat_map(move |one| {
        (one + 1..COUNT).filter(move |other| is_rival(one, *other)).map(move |other| (one, other))
    })
}
