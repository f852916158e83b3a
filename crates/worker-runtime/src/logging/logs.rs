//! Sets up the logs: where they go, which levels are shown, and in which form.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::time::SystemTime;

use indicatif::MultiProgress;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context as Around, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::cli::args::{LogFormat, LogLevel};
use crate::logging::context::Context;
use crate::logging::log_line::{Fields, Line};

/// How lines are written, after `auto` was decided.
#[derive(Clone, Debug)]
pub(crate) enum Style {
    Json,
    /// `bars` are the progress bars below the lines, where stderr is a terminal.
    Human {
        colour: bool,
        bars: Option<MultiProgress>,
    },
}

impl Style {
    /// Looks at stderr.
    pub(crate) fn new(format: LogFormat) -> Style {
        let terminal = std::io::stderr().is_terminal();
        match (format, terminal) {
            (LogFormat::Json, _) | (LogFormat::Auto, false) => Style::Json,
            (_, true) => Style::Human {
                colour: console::colors_enabled_stderr(),
                bars: Some(MultiProgress::new()),
            },
            (_, false) => Style::Human { colour: false, bars: None },
        }
    }

    pub(crate) fn bars(&self) -> Option<&MultiProgress> {
        match self {
            Style::Human { bars, .. } => bars.as_ref(),
            Style::Json => None,
        }
    }
}

/// From here on every event of every thread becomes one line on stderr. Where the program has set
/// up its own subscriber before, that one stays.
pub(crate) fn install(level: &LogLevel, style: Style, context: Arc<Context>) {
    let subscriber =
        tracing_subscriber::registry().with(level.0.clone()).with(Lines { style, context });
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Writes events. The worker, index and pod come from the shared context, not from a span: a span
/// belongs to one thread, and lines of other threads would lack them.
struct Lines {
    style: Style,
    context: Arc<Context>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, around: Around<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = around.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, around: Around<'_, S>) {
        if let Some(span) = around.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, around: Around<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let spans: Vec<_> = around.event_scope(event).into_iter().flatten().collect();
        let extensions: Vec<_> = spans.iter().map(|span| span.extensions()).collect();
        let line = Line {
            time: SystemTime::now(),
            event: event.metadata(),
            context: &self.context,
            fields: &fields,
            spans: extensions.iter().filter_map(|extensions| extensions.get::<Fields>()).collect(),
        };
        match &self.style {
            Style::Json => write(&line.json()),
            Style::Human { colour, bars: None } => write(&line.human(*colour)),
            Style::Human { colour, bars: Some(bars) } => {
                bars.suspend(|| write(&line.human(*colour)))
            }
        }
    }
}

/// One write a line, so that lines of threads and of children do not mix. A closed stderr must not
/// stop the work.
fn write(line: &str) {
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}
