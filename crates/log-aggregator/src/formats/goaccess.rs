//! The format strings of GoAccess: `%h %^[%d:%t %^] "%r" %s %b "%R" "%u"`.

use super::fields::{Field, Time, TimeUnit};
use super::format_error::FormatError;
use super::layout::Element;

/// Whether a format string is GoAccess' and not Apache's, whose directives are other ones with the
/// same letters.
pub(super) fn is_one(format: &str) -> bool {
    let ignores = |(at, _): (usize, &str)| {
        // A trailer of Apache: %{NAME}^ti.
        !format[at + 2..].starts_with("ti") && !format[at + 2..].starts_with("to")
    };
    format.match_indices("%^").any(ignores)
        || format.contains("~h{")
        || ["%d:%t", "%dT%t", "%d %t", "%d\t%t", "%x"].iter().any(|time| format.contains(time))
}

/// The elements of such a string. Of dates and times the forms of the Common Log Format and of ISO
/// 8601 are read, which GoAccess takes apart by a date-format and a time-format.
///
/// Source: <https://goaccess.io/man#custom-log>.
pub(super) fn elements(format: &str) -> Result<Vec<Element>, FormatError> {
    const TIMES: [(&str, Time); 3] =
        [("%d:%t %^", Time::Common), ("%d:%t", Time::CommonWithoutZone), ("%dT%t", Time::Iso)];
    let text = |text: &str| Element::Text(text.as_bytes().to_vec());
    let (mut elements, mut rest) = (Vec::new(), format.trim());
    while !rest.is_empty() {
        let length = if let Some((form, time)) =
            TIMES.iter().find(|(form, _)| rest.starts_with(form))
        {
            elements.push(Element::Field(Field::Time(*time)));
            // What follows belongs to the time: a fraction, and a zone.
            let is_end = |char: char| matches!(char, ' ' | '\t' | ']' | '"' | ',');
            form.len() + rest[form.len()..].find(is_end).unwrap_or(rest.len() - form.len())
        } else if let Some(list) = rest.strip_prefix("~h{") {
            elements.push(Element::Field(Field::Client));
            list.find('}').map_or(rest.len(), |end| "~h{}".len() + end)
        } else if let Some(unit) = rest.strip_prefix("%~%").and_then(took) {
            elements.push(Element::Field(Field::PaddedTook(unit)));
            "%~%L".len()
        } else if let Some(behind) = rest.strip_prefix('%') {
            let directive = behind.chars().next().unwrap_or_default();
            let field = field(behind)
                .ok_or_else(|| FormatError::OfGoAccess { directive: format!("%{directive}") })?;
            elements.push(Element::Field(field));
            1 + directive.len_utf8()
        } else {
            let end = rest.char_indices().skip(1).find(|(_, char)| matches!(char, '%' | '~'));
            let end = end.map_or(rest.len(), |(at, _)| at);
            elements.push(text(&rest[..end].replace("\\t", "\t").replace("\\\"", "\"")));
            end
        };
        rest = &rest[length..];
    }
    Ok(elements)
}

fn field(directive: &str) -> Option<Field> {
    Some(match directive.chars().next()? {
        'h' => Field::Client,
        'v' => Field::Host,
        'r' => Field::Request,
        'm' => Field::Method,
        'U' => Field::Path,
        'H' => Field::Protocol,
        's' => Field::Status,
        'b' => Field::Bytes,
        'R' => Field::Referrer,
        'u' => Field::Agent,
        '^' | 'e' | 'q' | 'C' | 'K' | 'k' | 'M' | 'S' => Field::Skip,
        _ => Field::Took(took(directive)?),
    })
}

fn took(directive: &str) -> Option<TimeUnit> {
    Some(match directive.chars().next()? {
        'D' => TimeUnit::Micros,
        'T' => TimeUnit::Seconds,
        'L' => TimeUnit::Millis,
        'n' => TimeUnit::Nanos,
        _ => return None,
    })
}
