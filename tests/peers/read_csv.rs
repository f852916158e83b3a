//! Reads a file with the `csv` crate and does nothing with it: what validation is measured against.

use std::fs::File;
use std::io::Write as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: read_csv FILE")?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(File::open(path)?);
    let (mut record, mut rows) = (csv::ByteRecord::new(), 0u64);
    while reader.read_byte_record(&mut record)? {
        rows += 1;
    }
    writeln!(std::io::stdout(), "{rows}")?;
    Ok(())
}
