//! What of the input was left out or is odd, told at the end with its first place.

use tracing::warn;
use worker_runtime::Report;

/// Something that was seen once or more.
#[derive(Default)]
pub(super) struct Note {
    first: Option<String>,
    number: u64,
}

impl Note {
    pub(super) fn seen(&mut self, place: impl FnOnce() -> String) {
        self.first.get_or_insert_with(place);
        self.number += 1;
    }
}

/// All that is told.
#[derive(Default)]
pub(super) struct Notes {
    /// Lines and rows with nothing in them, which are no tasks.
    pub(super) blank: u64,
    /// Tasks that are not UTF-8.
    pub(super) not_utf8: Note,
    /// Rows of a CSV file that are its header once more.
    pub(super) headers: Note,
    /// Lines that are tasks, and most likely a header.
    pub(super) header_tasks: Note,
    /// Tasks with a CR inside them.
    pub(super) returns: Note,
    /// Sources whose last line has no end.
    pub(super) unended: Note,
}

impl Notes {
    /// Writes to the log what somebody should look at.
    pub(super) fn tell(&self) {
        if let Note { first: Some(first), number: tasks } = &self.not_utf8 {
            warn!(
                tasks,
                first,
                "tasks are not UTF-8 and are pushed byte for byte: a program is given these bytes \
                 on its stdin, a --lines child as task_base64 and not as task; text in another \
                 encoding is converted first, as with iconv -f WINDOWS-1252 -t UTF-8"
            );
        }
        if let Note { first: Some(first), number: rows } = &self.headers {
            warn!(
                rows,
                first,
                "rows are the header once more, as where files were put together with cat: they \
                 are left out; should they be tasks, push the file with --format lines"
            );
        }
        if let Note { first: Some(first), number: tasks } = &self.header_tasks {
            warn!(
                tasks,
                first,
                "a line that looks like the header of a CSV file is pushed as a task like any \
                 other: say --format csv if it is one, or take it away (tail -n +2)"
            );
        }
        if let Note { first: Some(first), number: files } = &self.unended {
            warn!(
                files,
                first,
                "a file has no line end behind its last task: if it was cut off in mid-write, the \
                 task is half a task"
            );
        }
        if let Note { first: Some(first), number: tasks } = &self.returns {
            warn!(
                tasks,
                first,
                "tasks have a CR inside them, and only LF ends a line: if CR ends lines there, \
                 too, convert it first (tr '\\r' '\\n')"
            );
        }
    }

    /// Adds the numbers to the report, those that are not zero.
    pub(super) fn count(&self, report: Report) -> Report {
        [
            ("blank", self.blank),
            ("not_utf8", self.not_utf8.number),
            ("headers", self.headers.number),
            ("no_final_newline", self.unended.number),
        ]
        .into_iter()
        .filter(|(_, number)| *number > 0)
        .fold(report, |report, (name, number)| report.count(name, number))
    }
}
