//! Reading the stored results, page by page.

use redis::{Cmd, Value};

use crate::brokers::redis::{
    keys::Keys,
    reply::{Parts, ReplyError},
};

/// How far the results have been read. New ones are appended behind what was read, in a list as in
/// a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResultsPage {
    /// So many of the list.
    List(usize),
    /// Up to this entry of the stream; none yet.
    Stream(Option<String>),
}

impl ResultsPage {
    /// Nothing has been read.
    #[must_use]
    pub fn first(stream: bool) -> ResultsPage {
        if stream { ResultsPage::Stream(None) } else { ResultsPage::List(0) }
    }

    /// Asks for the next `count` results.
    #[must_use]
    pub fn command(&self, keys: &Keys, count: usize) -> Cmd {
        match self {
            ResultsPage::List(offset) => {
                let mut command = redis::cmd("LRANGE");
                command.arg(keys.results()).arg(*offset).arg(offset + count.max(1) - 1);
                command
            }
            ResultsPage::Stream(last) => {
                let start = last.as_ref().map_or("-".to_owned(), |last| format!("({last}"));
                let mut command = redis::cmd("XRANGE");
                command.arg(keys.results()).arg(start).arg("+").arg("COUNT").arg(count.max(1));
                command
            }
        }
    }

    /// Reads the answer and moves on behind it.
    ///
    /// # Errors
    ///
    /// When it is not a list of results.
    pub fn read(&mut self, value: Value) -> Result<Vec<Vec<u8>>, ReplyError> {
        let mut parts = Parts::new("a look at the results", value)?;
        let mut lines = Vec::with_capacity(parts.len());
        while !parts.is_empty() {
            match self {
                ResultsPage::List(offset) => {
                    lines.push(parts.bytes()?);
                    *offset += 1;
                }
                ResultsPage::Stream(last) => {
                    let mut entry = parts.array()?;
                    *last = Some(entry.text()?);
                    let mut fields = entry.array()?;
                    // One field, `result`.
                    fields.bytes()?;
                    lines.push(fields.bytes()?);
                }
            }
        }
        Ok(lines)
    }
}
