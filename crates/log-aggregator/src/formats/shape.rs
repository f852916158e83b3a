//! How the lines of a format are read: by layouts, as JSON, by the columns of a W3C log, or one of
//! these inside a wrapper.

use super::fields::Field;
use super::json::{self, JsonFields};
use super::layout::{self, Element, Layout};
use super::line::Line;
use super::scratch::Scratch;
use super::unparsed::Unparsed;
use super::w3c::Columns;
use super::wrapper::Wrapper;

/// How the lines of a format are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Fields with text between them; several layouts where lines of the same log differ in their
    /// last fields.
    Layouts(Vec<Layout>),
    /// A JSON object on each line.
    Json(Box<JsonFields>),
    /// Columns that a line of the log itself names.
    W3c,
    /// Lines of another shape, each with something around it.
    Wrapped(Wrapper, Box<Shape>),
}

impl Shape {
    /// Layouts of fields, each with the text that stands before it, and the text that ends the
    /// line. A layout in which two fields touch is left out: there is none among the known ones.
    pub(super) fn of_fields(layouts: &[(&[(&str, Field)], &str)]) -> Shape {
        let layouts = layouts.iter().filter_map(|(fields, end)| {
            let text = |text: &str| Element::Text(text.as_bytes().to_vec());
            let fields =
                fields.iter().flat_map(|(before, field)| [text(before), Element::Field(*field)]);
            Layout::new(fields.chain([text(end)]))
        });
        Shape::Layouts(layouts.collect())
    }

    /// The same layouts for lines of programs that write no escapes.
    pub(super) fn raw(self) -> Shape {
        match self {
            Shape::Layouts(layouts) => {
                Shape::Layouts(layouts.into_iter().map(Layout::raw).collect())
            }
            other => other,
        }
    }

    /// The same layouts for lines that may have other fields behind the last one.
    pub(super) fn going_on(self) -> Shape {
        match self {
            Shape::Layouts(layouts) => {
                Shape::Layouts(layouts.into_iter().map(Layout::going_on).collect())
            }
            other => other,
        }
    }

    /// Reads a line without a wrapper.
    pub(super) fn parse<'a>(
        &self,
        line: &'a [u8],
        scratch: &'a mut Scratch,
        columns: &'a mut Columns,
    ) -> Result<Line<'a>, Unparsed> {
        match self {
            _ if line.is_empty() => Ok(Line::Nothing),
            Shape::Layouts(layouts) => match layout::parse_any(layouts, line, scratch) {
                Err(Unparsed::NoRequest) => Ok(Line::Nothing),
                read => read.map(Line::Entry),
            },
            Shape::Json(fields) => match json::parse(fields, line, scratch) {
                Err(Unparsed::NoRequest) => Ok(Line::Nothing),
                read => read.map(Line::Entry),
            },
            Shape::W3c => columns.parse(line, scratch),
            Shape::Wrapped(..) => Err(Unparsed::Shape),
        }
    }

    /// Whether a line that these layouts cannot read has not the other shape either, unless it only
    /// goes on behind their last field. It looks at the last layout: why a line cannot be read is
    /// what that one says.
    pub(super) fn rules_out(&self, other: &Shape) -> bool {
        match (self, other) {
            (Shape::Layouts(layouts), Shape::Layouts(others)) => layouts
                .last()
                .is_some_and(|layout| others.iter().all(|other| other.extends(layout))),
            _ => false,
        }
    }

    /// The shape of what stands inside the wrapper, if there is one.
    pub(super) fn inside(&self) -> &Shape {
        match self {
            Shape::Wrapped(_, inside) => inside.inside(),
            shape => shape,
        }
    }

    /// Whether each line says all by itself. The lines of a W3C log do not: a line before them
    /// names their columns. Nor do lines whose wrapper may cut them into pieces.
    pub(super) fn lines_stand_alone(&self) -> bool {
        match self {
            Shape::Wrapped(wrapper, inside) => !wrapper.has_pieces() && inside.lines_stand_alone(),
            Shape::W3c => false,
            Shape::Layouts(_) | Shape::Json(_) => true,
        }
    }
}
