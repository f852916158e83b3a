//! Decompresses a gzip file and drops what it holds, by the library and in the pieces that the
//! workers use: what reading a compressed log costs at least. Usage: inflate FILE

use std::fs::File;
use std::io::{BufReader, Read as _, Write as _};

use flate2::bufread::MultiGzDecoder;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: inflate FILE")?;
    let mut decoder = MultiGzDecoder::new(BufReader::with_capacity(256 << 10, File::open(path)?));
    let mut piece = vec![0; 256 << 10];
    let mut size = 0;
    loop {
        match decoder.read(&mut piece)? {
            0 => break,
            read => size += read,
        }
    }
    Ok(writeln!(std::io::stdout(), "{size} bytes")?)
}
