//! Counts the records of a CSV file and tells what is wrong with the malformed ones:
//! `cargo run --example count_records FILE`.
#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use csv_records::{Dialect, FlawDetector, Header, Splitter, encoding};

const LONGEST_RECORD: usize = 1 << 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dialect = Dialect::default();
    let path = std::env::args().nth(1);
    let file = match &path {
        Some(path) => std::fs::read(path)?,
        None => b"id,name\n1,\"a \"\"b\"\"\"\n2,\"open\nid,name\n".to_vec(),
    };
    let file = &file[encoding::byte_order_mark(&file)?..];
    let Some((header, end)) = Header::read(file, true, dialect, LONGEST_RECORD)? else {
        println!("an empty file");
        return Ok(());
    };
    let (block, mut line, mut count) = (&file[end..], 1 + header.lines, 0);
    let mut detector = FlawDetector::new(dialect, &header.bytes, header.names.len());
    detector.begin(block);
    Splitter::new(dialect, LONGEST_RECORD).split(block, true, |record| {
        if let Some(flaw) = detector.of(block, &record) {
            println!("line {line}: {}", flaw.message(&block[record.start..record.end]));
        }
        (line, count) = (line + u64::from(record.lines), count + 1);
        true
    });
    println!("{count} records of {} columns", header.names.len());
    Ok(())
}
