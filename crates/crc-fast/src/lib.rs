//! The three CRCs that S3 knows, with the interface of the crate
//! [crc-fast](https://crates.io/crates/crc-fast), in whose place it stands.
//!
//! That crate knows a hundred CRCs and chooses one at run time, so that the tables of all of them,
//! 650 KB that no compression makes smaller, are in every binary that links the AWS SDK: a tenth of
//! an image. `[patch.crates-io]` in the workspace puts this one there.
//!
//! It waits for <https://github.com/awesomized/crc-fast-rust/issues/61>, which asks for a feature
//! per CRC. With a release that has it, this crate and its line under `[patch.crates-io]` go.

mod table;

use table::{CRC32C, CRC64_NVME, Table};

/// A CRC by its name in the catalogue of parametrised CRC algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrcAlgorithm {
    /// `CRC32` to S3.
    Crc32IsoHdlc,
    /// `CRC32C` to S3.
    Crc32Iscsi,
    /// `CRC64NVME` to S3.
    Crc64Nvme,
}

/// A checksum of bytes that come in pieces.
#[derive(Clone, Debug)]
pub struct Digest(State);

#[derive(Clone, Debug)]
enum State {
    Crc32(crc32fast::Hasher),
    /// All three are reflected, begin with ones and end inverted.
    Table {
        table: &'static Table,
        crc: u64,
    },
}

impl Digest {
    /// The checksum of nothing yet.
    #[must_use]
    pub fn new(algorithm: CrcAlgorithm) -> Digest {
        let table = |table: &'static Table| State::Table { table, crc: table.ones };
        Digest(match algorithm {
            CrcAlgorithm::Crc32IsoHdlc => State::Crc32(crc32fast::Hasher::new()),
            CrcAlgorithm::Crc32Iscsi => table(&CRC32C),
            CrcAlgorithm::Crc64Nvme => table(&CRC64_NVME),
        })
    }

    /// Adds the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Crc32(hasher) => hasher.update(bytes),
            State::Table { table, crc } => *crc = table.update(*crc, bytes),
        }
    }

    /// The checksum of all pieces so far.
    #[must_use]
    pub fn finalize(&self) -> u64 {
        match &self.0 {
            State::Crc32(hasher) => hasher.clone().finalize().into(),
            State::Table { table, crc } => crc ^ table.ones,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [CrcAlgorithm; 3] =
        [CrcAlgorithm::Crc32IsoHdlc, CrcAlgorithm::Crc32Iscsi, CrcAlgorithm::Crc64Nvme];

    fn checksum(algorithm: CrcAlgorithm, bytes: &[u8]) -> u64 {
        let mut digest = Digest::new(algorithm);
        digest.update(bytes);
        digest.finalize()
    }

    /// Bit by bit, as the definition has it.
    fn slow(polynomial: u64, ones: u64, bytes: &[u8]) -> u64 {
        let crc = bytes.iter().fold(ones, |crc, &byte| {
            (0..8).fold(crc ^ u64::from(byte), |crc, _| {
                (crc >> 1) ^ (polynomial & (crc & 1).wrapping_neg())
            })
        });
        crc ^ ones
    }

    #[test]
    fn the_check_values_of_the_catalogue_come_out() {
        let values = ALL.map(|algorithm| checksum(algorithm, b"123456789"));
        assert_eq!(values, [0xcbf4_3926, 0xe306_9283, 0xae8b_1486_0a79_9888]);
        assert_eq!(ALL.map(|algorithm| checksum(algorithm, b"")), [0, 0, 0]);
    }

    #[test]
    fn every_length_is_as_the_definition_has_it() {
        let bytes: Vec<u8> =
            (0..200_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for length in 0..=bytes.len() {
            let bytes = &bytes[..length];
            let expected = [
                slow(0xedb8_8320, u32::MAX.into(), bytes),
                slow(0x82f6_3b78, u32::MAX.into(), bytes),
                slow(0x9a6c_9329_ac4b_c9b5, u64::MAX, bytes),
            ];
            assert_eq!(ALL.map(|algorithm| checksum(algorithm, bytes)), expected, "{length}");
        }
    }

    #[test]
    fn it_does_not_matter_how_the_bytes_are_cut() {
        let bytes: Vec<u8> = (0..=255).collect();
        for algorithm in ALL {
            let whole = checksum(algorithm, &bytes);
            for cut in 0..bytes.len() {
                let mut digest = Digest::new(algorithm);
                digest.update(&bytes[..cut]);
                digest.update(&bytes[cut..]);
                assert_eq!(digest.finalize(), whole, "{algorithm:?} {cut}");
            }
        }
    }
}
