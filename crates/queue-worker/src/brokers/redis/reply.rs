//! Reading the scripts' replies.

use redis::Value;
use thiserror::Error;

/// A reply that no version of these scripts gives.
#[derive(Debug, Error)]
#[error(
    "redis answered {script} with something else than its script returns ({what}); is a proxy \
     between, or another program using the keys of this queue?"
)]
pub struct ReplyError {
    pub(crate) script: &'static str,
    pub(crate) what: &'static str,
}

/// Takes a reply's parts one after the other.
pub(crate) struct Parts {
    script: &'static str,
    parts: std::vec::IntoIter<Value>,
}

impl Parts {
    pub(crate) fn new(script: &'static str, value: Value) -> Result<Parts, ReplyError> {
        match value {
            Value::Array(parts) => Ok(Parts { script, parts: parts.into_iter() }),
            _ => Err(ReplyError { script, what: "no array" }),
        }
    }

    pub(crate) fn wrong(&self, what: &'static str) -> ReplyError {
        ReplyError { script: self.script, what }
    }

    pub(crate) fn next(&mut self) -> Result<Value, ReplyError> {
        self.parts.next().ok_or(self.wrong("too short"))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.parts.len() == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.parts.len()
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, ReplyError> {
        match self.next()? {
            Value::BulkString(bytes) => Ok(bytes),
            Value::SimpleString(text) => Ok(text.into_bytes()),
            _ => Err(self.wrong("no string")),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String, ReplyError> {
        let bytes = self.bytes()?;
        String::from_utf8(bytes).map_err(|_| self.wrong("no text"))
    }

    /// An integer, also where it is written as a string; a sorted set's score may be written as a
    /// float.
    pub(crate) fn number(&mut self) -> Result<i64, ReplyError> {
        match self.next()? {
            Value::Int(number) => Ok(number),
            Value::Nil => Ok(0),
            Value::BulkString(digits) => str::from_utf8(&digits)
                .ok()
                .and_then(|digits| digits.parse::<f64>().ok())
                .map(|number| number as i64)
                .ok_or(self.wrong("no number")),
            _ => Err(self.wrong("no number")),
        }
    }

    pub(crate) fn count(&mut self) -> Result<u64, ReplyError> {
        let number = self.number()?;
        u64::try_from(number).map_err(|_| self.wrong("a negative count"))
    }

    /// A time in ms, `None` where the script says -1.
    pub(crate) fn time(&mut self) -> Result<Option<u64>, ReplyError> {
        Ok(u64::try_from(self.number()?).ok())
    }

    pub(crate) fn array(&mut self) -> Result<Parts, ReplyError> {
        let value = self.next()?;
        Parts::new(self.script, value)
    }
}
