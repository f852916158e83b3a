//! Properties that would be ignored because their names are misspelt or unknown.
//!
//! The standard allows custom properties, so an unknown name alone is not an error. But the author
//! of a schema with `constraint` or `primarykey` wants something checked that would not be. So a
//! name that is nearly one of the standard's is refused, unless that one is given as well.

use super::constraint::Constraint;
use super::properties::Properties;
use crate::error::{Place, SchemaError};

/// A property of the standard, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Property {
    /// It changes what is checked.
    Checked(&'static str),
    /// It tells people, or other software, something.
    Informative(&'static str),
}

use Property::{Checked, Informative};

/// The properties of a schema. Of those for people, the ones of a resource and of a package, too,
/// which tools put here.
const SCHEMA: [Property; 30] = [
    Checked("fields"),
    Checked("fieldsMatch"),
    Checked("primaryKey"),
    Checked("uniqueKeys"),
    Checked("foreignKeys"),
    Checked("missingValues"),
    Checked("$schema"),
    Informative("$id"),
    Informative("id"),
    Informative("name"),
    Informative("title"),
    Informative("description"),
    Informative("dialect"),
    Informative("homepage"),
    Informative("path"),
    Informative("profile"),
    Informative("version"),
    Informative("created"),
    Informative("updated"),
    Informative("author"),
    Informative("keywords"),
    Informative("image"),
    Informative("licenses"),
    Informative("contributors"),
    Informative("sources"),
    Informative("resources"),
    Informative("example"),
    Informative("examples"),
    Informative("rdfType"),
    Informative("comment"),
];

/// The properties of a field.
const FIELD: [Property; 23] = [
    Checked("name"),
    Checked("type"),
    Checked("format"),
    Checked("identifier"),
    Checked("constraints"),
    Checked("warnings"),
    Checked("missingValues"),
    Checked("categories"),
    Checked("decimalChar"),
    Checked("groupChar"),
    Checked("bareNumber"),
    Checked("strictGroups"),
    Checked("trueValues"),
    Checked("falseValues"),
    Checked("delimiter"),
    Checked("itemType"),
    Informative("categoriesOrdered"),
    Informative("title"),
    Informative("description"),
    Informative("example"),
    Informative("examples"),
    Informative("rdfType"),
    Informative("comment"),
];

/// Properties of a schema that name fields, and are looked for in the field itself.
const KEYS: [&str; 3] = ["primaryKey", "uniqueKeys", "foreignKeys"];

/// Refuses what is misspelt in the schema itself, and appends to `ignored` the names of what nobody
/// reads.
pub(crate) fn look_at_schema(
    schema: &Properties,
    ignored: &mut Vec<String>,
) -> Result<(), SchemaError> {
    look(schema, &SCHEMA, Place::schema, |name| ignored.push(format!("\"{name}\"")))
}

/// The same for the field of this name.
pub(crate) fn look_at_field(
    properties: &Properties,
    field: &str,
    ignored: &mut Vec<String>,
) -> Result<(), SchemaError> {
    let at = |property: &str| Place::field(field, property);
    // A constraint that stands beside "constraints" is refused elsewhere, where it is written well.
    for name in given(properties).filter(|name| !is_known(name, &FIELD)) {
        if let Some(meant) = nearest(name, KEYS.into_iter()) {
            return Err(at(name).invalid(
                "it is no property of a field, and what it says would not be checked",
                format!("name the field in \"{meant}\" beside \"fields\""),
            ));
        }
        if let Some(meant) = nearest(name, Constraint::names()) {
            return Err(at(name).invalid(
                "there is no such property",
                format!(
                    "did you mean \"{meant}\"? It is a constraint: move it to \"constraints\": \
                     {{\"{meant}\": ...}}"
                ),
            ));
        }
    }
    look(properties, &FIELD, at, |name| {
        ignored.push(format!("\"{name}\" of the field \"{field}\""))
    })
}

/// The constraint that an unknown one may be meant for.
pub(crate) fn constraint_meant_by(name: &str) -> Option<&'static str> {
    nearest(name, Constraint::names())
}

fn look(
    properties: &Properties,
    known: &[Property],
    at: impl Fn(&str) -> Place,
    mut ignored: impl FnMut(&str),
) -> Result<(), SchemaError> {
    for name in given(properties).filter(|name| !is_known(name, known)) {
        let absent = known.iter().filter_map(|known| match known {
            Checked(known) if properties.get(known).is_none() => Some(*known),
            _ => None,
        });
        if let Some(meant) = nearest(name, absent) {
            return Err(at(name).invalid(
                "there is no such property, and what it says would not be checked",
                format!(
                    "did you mean \"{meant}\"? A property of your own needs a name that is less \
                     like it"
                ),
            ));
        }
        // `x:unit` and `_note` say that they are somebody's own.
        if !name.contains([':', '_']) {
            ignored(name);
        }
    }
    Ok(())
}

/// The names that say something: `null` is the same as not there.
fn given(properties: &Properties) -> impl Iterator<Item = &str> {
    properties.iter().filter(|(_, value)| value.get() != "null").map(|(name, _)| name)
}

fn is_known(name: &str, known: &[Property]) -> bool {
    known.iter().any(|known| matches!(known, Checked(known) | Informative(known) if *known == name))
}

/// The one of `known` that `name` is nearly: but for case and separators, an `s` at the end, or one
/// or two letters.
fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let folded = fold(name);
    known
        .map(|known| (distance_of(&folded, &fold(known)), known))
        .filter_map(|(d, known)| Some((d?, known)))
        .min()
        .map(|(_, known)| known)
}

/// How far two folded names are from each other; `None` where they are no misspellings of each
/// other.
fn distance_of(name: &str, known: &str) -> Option<usize> {
    let singular = |name: &str| match name.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => name.trim_end_matches('s').to_owned(),
    };
    if singular(name) == singular(known) {
        return Some(0);
    }
    // Short names are near many words that mean something else (`form`, `note`).
    let allowed = match known.len() {
        0..=4 => 0,
        5..=7 => 1,
        _ => 2,
    };
    // Letters that changed their places keep a short name what it is: `tpye`, `enmu`.
    if allowed == 0 {
        let (mut a, mut b) = (name.as_bytes().to_vec(), known.as_bytes().to_vec());
        let swapped = distance(name, known) == 1 && name.len() == known.len();
        a.sort_unstable();
        b.sort_unstable();
        // And so does a letter that is missing behind the first: `typ`, but not `num`, which is no
        // `enum`.
        let missing = distance(name, known) == 1
            && name.len() + 1 == known.len()
            && name.as_bytes()[..1] == known.as_bytes()[..1];
        return (swapped && a == b || missing).then_some(1);
    }
    Some(distance(name, known)).filter(|distance| *distance <= allowed)
}

fn fold(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Letters to be put in, taken out, changed, or swapped with their neighbour.
///
/// Source: Damerau, "A technique for computer detection and correction of spelling errors", 1964
/// (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings_are_near_and_other_words_are_not() {
        let known = || {
            FIELD.iter().map(|name| match name {
                Checked(name) | Informative(name) => *name,
            })
        };
        let known = || {
            known().chain(Constraint::names()).chain(["primaryKey", "uniqueKeys", "fieldsMatch"])
        };
        for (name, meant) in [
            ("constraint", "constraints"),
            ("contraints", "constraints"),
            ("primarykey", "primaryKey"),
            ("primary_key", "primaryKey"),
            ("decimalchar", "decimalChar"),
            ("decimalChars", "decimalChar"),
            ("Required", "required"),
            ("minimun", "minimum"),
            ("minLenght", "minLength"),
            ("tpye", "type"),
            ("typ", "type"),
            ("Type", "type"),
            ("patern", "pattern"),
            ("category", "categories"),
            ("missingValue", "missingValues"),
            ("trueValue", "trueValues"),
            ("group_char", "groupChar"),
            ("enums", "enum"),
            ("fieldMatch", "fieldsMatch"),
            ("formats", "format"),
            ("exclusiveMinimun", "exclusiveMinimum"),
        ] {
            assert_eq!(nearest(name, known()), Some(meant), "{name}");
        }
        for name in [
            "note", "notes", "typo", "num", "unite", "source", "owner", "min", "order", "tags",
            "form", "data", "column",
        ] {
            assert_eq!(nearest(name, known()), None, "{name}");
        }
    }
}
