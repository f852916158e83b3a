//! Lines that no reader can make anything of, as disks that fill up and programs that share a file
//! leave them.

use crate::random::Words;

use super::word::LogWord;

/// So few bytes of a line are less than its time, or its status, in every format.
const CUT_AT: usize = 20;

const NOISE: [&[u8]; 4] = [
    b"worker process 4711 exited on signal 11 (core dumped)",
    b"[error] 31337#0: *42 open() failed (13: Permission denied)",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"Traceback (most recent call last):",
];

/// Replaces the last line, which begins at `start`, by a broken one.
pub(super) fn break_line(words: &Words, start: usize, out: &mut Vec<u8>) {
    // The word's finer digits: its coarse ones have decided that the line is broken.
    let drawn = words.below(LogWord::Broken, u32::MAX) % 8;
    match NOISE.get(drawn as usize) {
        Some(noise) => {
            out.truncate(start);
            out.extend_from_slice(noise);
        }
        None => out.truncate((start + CUT_AT).min(out.len() - 1)),
    }
    out.push(b'\n');
}
