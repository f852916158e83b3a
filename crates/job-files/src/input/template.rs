//! Names with places for numbers: `s3://bucket/data_{index}.csv`, `in/{index:05}-of-{total}.csv`.

use std::fmt::Write as _;

use object_storage::{Location, LocationError};

/// A parsed template: literal text and fields in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field { name: String, width: usize },
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A field of an unknown name.
    #[error(
        "the template {template:?} has an unknown field {{{field}}}: use {known}, perhaps with a \
         width such as {{{first}:05}}; write {{{{ and }}}} for braces"
    )]
    UnknownField {
        /// The whole template.
        template: String,
        /// What stands between the braces.
        field: String,
        /// The fields there are.
        known: String,
        /// The first of them.
        first: String,
    },
    /// The width is not of the form `0N` with N at most 20.
    #[error(
        "the template {template:?} has a width {width:?} that is not of the form 05 (a zero, then \
         1 to 20 digits wide)"
    )]
    Width {
        /// The whole template.
        template: String,
        /// The text after the colon.
        width: String,
    },
    /// A brace that is opened and not closed, or closed and not opened.
    #[error(
        "the template {template:?} has an unmatched brace: write {{{{ and }}}} for braces that \
         belong to the name"
    )]
    Unmatched {
        /// The whole template.
        template: String,
    },
}

impl Template {
    /// Parses a template with fields of these names. Text without fields is a template too: see
    /// [`Template::has`].
    ///
    /// # Errors
    ///
    /// When a field has an unknown name or a malformed width, or braces do not match.
    pub fn parse(template: &str, fields: &[&str]) -> Result<Self, TemplateError> {
        let unmatched = || TemplateError::Unmatched { template: template.to_owned() };
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            text.push_str(&rest[..at]);
            let brace = &rest[at..];
            if brace.starts_with("{{") || brace.starts_with("}}") {
                text.push_str(&brace[..1]);
                rest = &brace[2..];
                continue;
            }
            let field = brace.strip_prefix('{').ok_or_else(unmatched)?;
            let (field, after) = field.split_once('}').ok_or_else(unmatched)?;
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            parts.push(parse_field(template, field, fields)?);
            rest = after;
        }
        text.push_str(rest);
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Template { parts })
    }

    /// Whether the template has a field of this name.
    pub fn has(&self, field: &str) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Field { name, .. } if name == field))
    }

    /// The text with these values in the places of their fields.
    pub fn expand(&self, values: &[(&str, u32)]) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(more) => text.push_str(more),
                Part::Field { name, width } => {
                    let value = values
                        .iter()
                        .find(|(field, _)| field == name)
                        .map_or(0, |(_, value)| *value);
                    // Writing to a String cannot fail.
                    let _ = write!(text, "{value:0width$}");
                }
            }
        }
        text
    }
}

/// A location to publish to, for clap's `value_parser`. It is the same for every index, so that a
/// field of a template in it would become the name of a folder.
pub fn output_location(text: &str) -> Result<Location, String> {
    let field = text.split('{').skip(1).find_map(|rest| {
        let name = rest.split_once('}')?.0.split(':').next()?;
        ["index", "total", "year", "month"].contains(&name).then_some(name)
    });
    match field {
        Some(field) => Err(format!(
            "{{{field}}} is a place in a template of --input, and an output has none: leave it \
             out, each index publishes to a folder of its own"
        )),
        None => text.parse().map_err(|error: LocationError| error.to_string()),
    }
}

fn parse_field(template: &str, field: &str, fields: &[&str]) -> Result<Part, TemplateError> {
    let (name, width) = match field.split_once(':') {
        Some((name, width)) => (name, Some(width)),
        None => (field, None),
    };
    if !fields.contains(&name) {
        return Err(TemplateError::UnknownField {
            template: template.to_owned(),
            field: field.to_owned(),
            known: fields.iter().map(|known| format!("{{{known}}}")).collect::<Vec<_>>().join(", "),
            first: fields.first().copied().unwrap_or_default().to_owned(),
        });
    }
    let width = match width {
        None => 0,
        Some(text) => text
            .strip_prefix('0')
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .filter(|width| (1..=20).contains(width))
            .ok_or_else(|| TemplateError::Width {
                template: template.to_owned(),
                width: text.to_owned(),
            })?,
    };
    Ok(Part::Field { name: name.to_owned(), width })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[&str] = &["index", "total"];

    fn expand(template: &str) -> String {
        Template::parse(template, FIELDS).unwrap().expand(&[("index", 7), ("total", 12)])
    }

    #[test]
    fn fields_are_replaced_and_padded() {
        assert_eq!(expand("s3://b/p/data_{index}.csv"), "s3://b/p/data_7.csv");
        assert_eq!(expand("{index:05}-of-{total:03}"), "00007-of-012");
        assert_eq!(expand("{{x}}{index}{{"), "{x}7{");
        assert_eq!(expand("plain"), "plain");
    }

    #[test]
    fn a_template_knows_its_fields() {
        assert!(Template::parse("a{index}", FIELDS).unwrap().has("index"));
        assert!(!Template::parse("a{total}{{index}}", FIELDS).unwrap().has("index"));
    }

    #[test]
    fn an_output_is_no_template() {
        for text in ["run-{index}/", "s3://b/{index:05}", "s3://b/{year}/{month:02}/", "x/{total}"]
        {
            assert!(
                output_location(text).unwrap_err().contains("is a place in a template of --input"),
                "{text}"
            );
        }
        for text in ["out/", "s3://b/{run}/", "a{b", "{", "x}y{z:index}"] {
            assert!(output_location(text).is_ok(), "{text}");
        }
        assert!(output_location("gs://b/").unwrap_err().contains("scheme `gs`"));
    }

    #[test]
    fn a_wrong_template_says_what_is_wrong_with_it() {
        let error = |template: &str| Template::parse(template, FIELDS).unwrap_err().to_string();
        assert_eq!(
            error("a{idx}"),
            "the template \"a{idx}\" has an unknown field {idx}: use {index}, {total}, perhaps \
             with a width such as {index:05}; write {{ and }} for braces"
        );
        assert!(error("a{index:5}").contains("width \"5\""));
        assert!(error("a{index:0}").contains("width \"0\""));
        assert!(error("a{index").contains("unmatched brace"));
        assert!(error("a}b").contains("unmatched brace"));
    }
}
