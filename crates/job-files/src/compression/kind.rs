//! The kinds of compression that are written, those that are read, and the first bytes by which
//! each of these is recognised.

use clap::ValueEnum;

/// How an output is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip (RFC 1952), one member.
    Gzip,
    /// Zstandard (RFC 8878), one frame.
    Zstd,
}

impl Compression {
    /// Its name, as settings and manifests spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        }
    }

    /// What is appended to the name of such a file.
    pub fn suffix(self) -> &'static str {
        match self {
            Compression::None => "",
            Compression::Gzip => ".gz",
            Compression::Zstd => ".zst",
        }
    }
}

/// How an input is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputCompression {
    /// Not at all.
    None,
    /// gzip (RFC 1952), one member or many.
    Gzip,
    /// Zstandard (RFC 8878), one frame or many.
    Zstd,
    /// bzip2, one stream or many, as pbzip2 writes them. Its format is described in
    /// <https://github.com/dsnet/compress/blob/master/doc/bzip2-format.pdf>.
    Bzip2,
    /// xz (<https://tukaani.org/xz/xz-file-format.txt>), one stream or many.
    Xz,
}

impl InputCompression {
    /// What ends the names of files that are compressed in a way that is read.
    pub const SUFFIXES: [&str; 5] = [".gz", ".zst", ".zstd", ".bz2", ".xz"];

    /// What the first bytes of a file say. Fewer than ten bytes may not be enough.
    pub fn of(first_bytes: &[u8]) -> Self {
        match first_bytes {
            [0x1f, 0x8b, ..] => InputCompression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => InputCompression::Zstd,
            // A zstd file may begin with a skippable frame.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => InputCompression::Zstd,
            // A text may begin with BZh and a digit, too. A stream goes on with the digits of pi,
            // or, where it is empty, of its square root.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => {
                InputCompression::Bzip2
            }
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => InputCompression::Xz,
            _ => InputCompression::None,
        }
    }

    /// Its name in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            InputCompression::None => "none",
            InputCompression::Gzip => "gzip",
            InputCompression::Zstd => "zstd",
            InputCompression::Bzip2 => "bzip2",
            InputCompression::Xz => "xz",
        }
    }
}
