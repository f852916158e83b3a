//! One log line, for people or as a JSON object.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::time::SystemTime;

use console::{Color, style};
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Level, Metadata};

use crate::logging::causes::causes;
use crate::logging::context::Context;
use crate::logging::redaction::redact_url;

/// The fields of one event or span, in the order in which they were recorded, without passwords.
///
/// A field whose name ends with `_json` holds a JSON text. It is written as the value of that text,
/// under the name without the ending, since tracing has no structured fields.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, Told)>);

#[derive(Debug, PartialEq)]
enum Told {
    Value(Value),
    /// An error's messages, outermost first.
    Causes(Vec<String>),
}

impl Fields {
    fn push(&mut self, field: &Field, told: Told) {
        let name = field.name().trim_start_matches("r#").to_owned();
        // `Span::record` may set a field again.
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = told,
            None => self.0.push((name, told)),
        }
    }

    fn push_text(&mut self, field: &Field, text: &str) {
        let structured = field.name().strip_suffix("_json").and_then(|name| {
            Some((name.to_owned(), Told::Value(serde_json::from_str(text).ok()?)))
        });
        match structured {
            Some(pair) => self.0.push(pair),
            None => self.push(field, Told::Value(redact_url(text).into())),
        }
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, Told::Value(value.into()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, Told::Value(value.into()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, Told::Value(value.into()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, Told::Value(value.into()));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.push_text(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.push(field, Told::Causes(causes(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push_text(field, &format!("{value:?}"));
    }
}

/// One event, ready to be written.
pub(crate) struct Line<'a> {
    pub(crate) time: SystemTime,
    pub(crate) event: &'a Metadata<'static>,
    pub(crate) context: &'a Context,
    pub(crate) fields: &'a Fields,
    /// The fields of the spans around it, innermost first.
    pub(crate) spans: Vec<&'a Fields>,
}

/// The names of a line's own fields. An event's field of the same name gets an underscore.
const OWN: [&str; 6] = ["timestamp", "level", "target", "worker", "index", "pod"];

impl Line<'_> {
    /// One JSON object and a line feed. Fields follow the line's own in their order; a span's field
    /// is written only where no nearer field has its name. An error is written whole under its
    /// field's name, its causes in `causes`.
    pub(crate) fn json(&self) -> String {
        let mut line: Vec<(String, Value)> = vec![
            ("timestamp".to_owned(), self.timestamp().into()),
            ("level".to_owned(), self.event.level().as_str().into()),
            ("worker".to_owned(), self.context.about.name.into()),
            ("index".to_owned(), self.context.index().into()),
            ("pod".to_owned(), self.context.pod.as_str().into()),
            ("target".to_owned(), self.event.target().into()),
        ];
        let mut add = |name: &str, value: Value| {
            if !line.iter().any(|(known, _)| known == name) {
                line.push((name.to_owned(), value));
            }
        };
        let (message, others): (Vec<_>, Vec<_>) =
            self.told().partition(|(name, _)| name == "message");
        for (name, told) in message.into_iter().chain(others) {
            match told {
                Told::Value(value) => add(&name, value.clone()),
                Told::Causes(chain) => {
                    add(&name, chain.join(": ").into());
                    add("causes", chain.get(1..).unwrap_or_default().into());
                }
            }
        }
        let mut text = String::from("{");
        for (i, (name, value)) in line.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            write!(text, "{comma}{}:{value}", Value::from(name.as_str()))
                .expect("a String takes every write");
        }
        text.push_str("}\n");
        text
    }

    /// One readable line: time, level, worker with index and pod, message, `name=value` pairs, and
    /// an error last. Nothing an input holds can break the line or steer the terminal: control
    /// characters are escaped.
    pub(crate) fn human(&self, colour: bool) -> String {
        let level = *self.event.level();
        let paint = |text: String, to: Color| style(text).fg(to).force_styling(colour).to_string();
        let mut text = self.timestamp();
        write!(text, " {} ", paint(format!("{level:>5}"), colour_of(level)))
            .expect("a String takes every write");
        text.push_str(self.context.about.name);
        if let Some(index) = self.context.index() {
            write!(text, "[{index}]").expect("a String takes every write");
        }
        write!(text, "@{}:", self.context.pod).expect("a String takes every write");
        let (mut message, mut pairs, mut errors) = (String::new(), String::new(), String::new());
        for (name, told) in self.told() {
            match told {
                Told::Value(Value::String(value)) if name == "message" => {
                    message = format!(" {}", plain(value))
                }
                Told::Value(Value::Object(map)) => {
                    pairs.extend(
                        map.iter()
                            .map(|(name, value)| format!(" {}={}", plain(name), shown(value))),
                    );
                }
                Told::Value(value) => pairs.push_str(&format!(" {name}={}", shown(value))),
                Told::Causes(chain) => {
                    errors.push_str(&format!(" {name}: {}", plain(&chain.join(": "))))
                }
            }
        }
        text.extend([message, pairs, errors]);
        text.push('\n');
        text
    }

    fn timestamp(&self) -> String {
        humantime::format_rfc3339_millis(self.time).to_string()
    }

    /// The event's fields, then the spans', without those that the line or a nearer span has
    /// already.
    fn told(&self) -> impl Iterator<Item = (String, &Told)> {
        let mut told: Vec<(String, &Told)> = Vec::new();
        for (near, fields) in std::iter::once(&self.fields).chain(&self.spans).enumerate() {
            for (name, value) in &fields.0 {
                let name =
                    if OWN.contains(&name.as_str()) { format!("{name}_") } else { name.clone() };
                if !(near > 0 && told.iter().any(|(known, _)| *known == name)) {
                    told.push((name, value));
                }
            }
        }
        told.into_iter()
    }
}

fn colour_of(level: Level) -> Color {
    match level {
        Level::ERROR => Color::Red,
        Level::WARN => Color::Yellow,
        Level::INFO => Color::Green,
        Level::DEBUG => Color::Blue,
        Level::TRACE => Color::Magenta,
    }
}

/// A value after `name=`: quoted only where it would otherwise not be seen to be one.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() || text.contains([' ', '"', '=']) => {
            format!("{:?}", plain(text))
        }
        Value::String(text) => plain(text),
        other => other.to_string(),
    }
}

fn plain(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if c.is_control() {
            out.extend(c.escape_default())
        } else {
            out.push(c)
        };
        out
    })
}

/// An object for a `_json` field.
pub(crate) fn object(pairs: &BTreeMap<String, u64>) -> Value {
    pairs.iter().map(|(name, value)| (name.clone(), Value::from(*value))).collect()
}
