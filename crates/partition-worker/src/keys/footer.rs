//! What stands at the end of a file of keys: which constraints they are of, where their runs are,
//! and the files that their records stand in.

use serde::{Deserialize, Serialize};

use super::block::Broken;

/// Version of the file's format.
const FORMAT: u32 = 1;

/// The very end: the length of the footer, and what tells the file.
pub(crate) const TAIL: usize = 16;

const MAGIC: &[u8; 8] = b"JWKEYS1\n";

/// The contents of the footer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Footer {
    format: u32,
    /// The files that the partition was read from.
    pub(crate) sources: Vec<KeySource>,
    /// The keys, by what they are keys of.
    pub(crate) keys: Vec<KeysOf>,
}

/// A file that the partition was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeySource {
    pub(crate) name: String,
    /// Where it stands among the files of all partitions.
    pub(crate) rank: u64,
}

/// The keys of one constraint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeysOf {
    /// The fields of the key.
    pub(crate) fields: Vec<String>,
    /// Their types.
    pub(crate) types: Vec<String>,
    /// How many there are.
    pub(crate) count: u64,
    /// Of each run the pieces of the file (offset and length) that it consists of, in its order.
    pub(crate) runs: Vec<Vec<(u64, u64)>>,
}

impl Footer {
    pub(super) fn new(sources: Vec<KeySource>, keys: Vec<KeysOf>) -> Footer {
        Footer { format: FORMAT, sources, keys }
    }

    /// The bytes that end the file.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).expect("it has no maps and no floats");
        let length = bytes.len() as u64;
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(MAGIC);
        bytes
    }

    /// The length of the footer before the last [`TAIL`] bytes of a file, which these are.
    pub(crate) fn length(tail: &[u8]) -> Result<u64, Broken> {
        match tail.split_first_chunk::<8>() {
            Some((length, magic)) if magic == MAGIC => Ok(u64::from_le_bytes(*length)),
            _ => Err(Broken),
        }
    }

    /// Reads it.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Footer, Broken> {
        let footer: Footer = serde_json::from_slice(bytes).map_err(|_| Broken)?;
        (footer.format == FORMAT).then_some(footer).ok_or(Broken)
    }
}
