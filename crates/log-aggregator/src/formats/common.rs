//! The Common Log Format and combined, with and without the virtual host: what Apache and nginx
//! write unless they are told otherwise.

use super::fields::Field;
use super::layout::{Element, Layout};
use super::log_format;
use super::shape::Shape;

pub(super) const COMMON: &str = "%h %l %u %t \"%r\" %>s %b";
pub(super) const COMBINED: &str = "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"";
pub(super) const VHOST_COMMON: &str = "%v %h %l %u %t \"%r\" %>s %b";
pub(super) const VHOST_COMBINED: &str =
    "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"";

/// What vhost-combined is without the port.
const HOST_COMBINED: &str = "%v %h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"";

pub(super) fn common() -> Shape {
    bare_or_going_on(layouts(&[COMMON]))
}

pub(super) fn combined() -> Shape {
    Shape::Layouts(layouts(&[COMBINED]).map(Layout::going_on).collect())
}

pub(super) fn vhost_common() -> Shape {
    bare_or_going_on(layouts(&[VHOST_COMMON]).map(Layout::doubting_host))
}

pub(super) fn vhost_combined() -> Shape {
    let both = layouts(&[VHOST_COMBINED, HOST_COMBINED]).map(Layout::doubting_host);
    Shape::Layouts(both.map(Layout::going_on).collect())
}

/// Lines that end with their last field, as most do, and lines that go on.
fn bare_or_going_on(layouts: impl Iterator<Item = Layout>) -> Shape {
    let bare: Vec<Layout> = layouts.collect();
    let going_on = bare.iter().cloned().map(Layout::going_on_bare);
    Shape::Layouts(bare.iter().cloned().chain(going_on).collect())
}

/// Combined with other fields behind it, each with the text that stands before it, and the text
/// that ends the line. One shape for each list of fields.
pub(super) fn combined_with(tails: &[(&[(&str, Field)], &str)]) -> Shape {
    before(&[COMBINED], tails)
}

/// The same behind other formats.
pub(super) fn before(formats: &[&str], tails: &[(&[(&str, Field)], &str)]) -> Shape {
    let layout = |format: &str, (fields, end): &(&[(&str, Field)], &str)| {
        let text = |text: &str| Element::Text(text.as_bytes().to_vec());
        let more = fields.iter().flat_map(|(before, field)| [text(before), Element::Field(*field)]);
        let begin = log_format::elements(format).unwrap_or_default();
        Layout::new(begin.into_iter().chain(more).chain([text(end)]))
    };
    let each = formats.iter().flat_map(|format| tails.iter().map(move |tail| (format, tail)));
    Shape::Layouts(each.filter_map(|(format, tail)| layout(format, tail)).collect())
}

fn layouts(formats: &[&str]) -> impl Iterator<Item = Layout> {
    formats.iter().filter_map(|format| log_format::compile(format).ok())
}
