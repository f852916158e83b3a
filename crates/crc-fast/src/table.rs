//! Eight bytes a step, by eight tables that are made when they are first used.

use std::sync::LazyLock;

type Slices = [[u64; 256]; 8];

/// A reflected CRC of at most 64 bits.
#[derive(Debug)]
pub(super) struct Table {
    /// As many as it has bits.
    pub(super) ones: u64,
    slices: LazyLock<Box<Slices>>,
}

pub(super) static CRC32C: Table =
    Table { ones: u32::MAX as u64, slices: LazyLock::new(|| Box::new(slices(0x82f6_3b78))) };
pub(super) static CRC64_NVME: Table =
    Table { ones: u64::MAX, slices: LazyLock::new(|| Box::new(slices(0x9a6c_9329_ac4b_c9b5))) };

/// `slices[n][byte]` is what a byte comes to with n zeros behind it.
fn slices(polynomial: u64) -> Slices {
    let mut slices = [[0; 256]; 8];
    slices[0] = std::array::from_fn(|byte| {
        (0..8).fold(byte as u64, |crc, _| (crc >> 1) ^ (polynomial & (crc & 1).wrapping_neg()))
    });
    for slice in 1..8 {
        let (first, before) = (slices[0], slices[slice - 1]);
        slices[slice] = before.map(|crc| (crc >> 8) ^ first[(crc & 0xff) as usize]);
    }
    slices
}

impl Table {
    pub(super) fn update(&self, crc: u64, bytes: &[u8]) -> u64 {
        let slices = &**self.slices;
        let (words, rest) = bytes.as_chunks::<8>();
        let crc = words.iter().fold(crc, |crc, word| {
            let word = (crc ^ u64::from_le_bytes(*word)).to_le_bytes();
            (0..8).fold(0, |crc, at| crc ^ slices[7 - at][usize::from(word[at])])
        });
        rest.iter().fold(crc, |crc, &byte| (crc >> 8) ^ slices[0][usize::from(crc as u8 ^ byte)])
    }
}
