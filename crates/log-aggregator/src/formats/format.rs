//! A format: how the lines of a log are read, and what people call it.

use super::format_error::FormatError;
use super::json::{self, JsonFields};
use super::known;
use super::layout::Progress;
use super::log_format;
use super::presence::Presence;
use super::shape::Shape;
use super::wrapper::Wrapper;

/// What the lines of a log look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    name: String,
    shape: Shape,
}

impl Format {
    /// The format of this name (see [`NAMED`](super::NAMED)), or of one that others have for it;
    /// `None` where there is none.
    pub fn named(name: &str) -> Option<Format> {
        known::named(name).map(|(name, shape)| Format { name: name.to_owned(), shape })
    }

    /// Whether its lines are JSON, whose fields settings may name.
    pub(crate) fn is_json(&self) -> bool {
        self.name == known::JSON
    }

    /// The format that an Apache `LogFormat` or an nginx `log_format` string describes, also as it
    /// stands in the server's configuration.
    ///
    /// # Errors
    ///
    /// If the string has a directive that is unknown or cannot be read back, or lacks the
    /// client, the time or the request.
    pub fn described(format: &str) -> Result<Format, FormatError> {
        let shape = Shape::Layouts(vec![log_format::compile(format)?]);
        Ok(Format { name: format.to_owned(), shape })
    }

    /// JSON lines with fields of these names.
    pub fn json(fields: JsonFields) -> Format {
        Format { name: known::JSON.to_owned(), shape: Shape::Json(Box::new(fields)) }
    }

    /// The same with something around each line.
    pub(super) fn within(self, wrapper: Wrapper) -> Format {
        let name = format!("{} in {}", self.name, wrapper.name());
        Format { name, shape: Shape::Wrapped(wrapper, Box::new(self.shape)) }
    }

    /// Whether each line says all by itself, so that a log can be cut at any line.
    pub fn lines_stand_alone(&self) -> bool {
        self.shape.lines_stand_alone()
    }

    /// What is wrong with a line that is no request, where that can be told in words.
    pub(super) fn explain(&self, line: &[u8]) -> Option<String> {
        match &self.shape {
            Shape::Json(fields) => json::explain(fields, line),
            Shape::Layouts(_) | Shape::W3c | Shape::Wrapped(..) => None,
        }
    }

    /// How far a line has the format that comes nearest to it, if any comes near: its name, where
    /// it stops, and what is wrong there.
    pub(super) fn nearest(line: &[u8]) -> Option<(&'static str, Progress)> {
        let tried = known::tried().into_iter().filter_map(known::named);
        let layouts = tried.flat_map(|(name, shape)| match shape {
            Shape::Layouts(layouts) => {
                layouts.iter().map(|layout| (name, layout.progress(line))).collect()
            }
            Shape::Json(_) | Shape::W3c | Shape::Wrapped(..) => Vec::new(),
        });
        // The last of equal ones is the plainer one.
        layouts
            .filter(|(_, found)| found.fields > 2 && found.marks > 0)
            .max_by_key(|(_, found)| (found.marks, found.fields))
    }

    /// The fields that its lines have, as far as the format itself says it: those of JSON and W3C
    /// logs differ from log to log.
    pub(crate) fn presence(&self) -> Presence {
        match self.shape.inside() {
            Shape::Layouts(layouts) => {
                Presence::of_fields(layouts.iter().flat_map(|layout| layout.fields()))
            }
            Shape::Json(_) | Shape::W3c | Shape::Wrapped(..) => Presence::default(),
        }
    }

    /// Its name, or the string that describes it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How its lines are read.
    pub(super) fn shape(&self) -> &Shape {
        &self.shape
    }
}
