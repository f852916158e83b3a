//! Input that cannot be validated at all: one error with the place and the remedy, and nothing
//! published.

mod support;

use std::io::{Read as _, Write as _};

use support::{Folder, rows};

/// A run that must fail: its settings, its input, its exit code, what the error must say.
struct Bad<'a> {
    input: &'a [u8],
    more: &'a [&'a str],
    code: i32,
    says: &'a [&'a str],
}

#[test]
fn bad_input_gets_one_error_that_names_the_place_and_the_remedy_and_publishes_nothing() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(rows(5000).as_bytes()).unwrap();
    let mut gzip = gzip.finish().unwrap();
    gzip.truncate(gzip.len() / 2);
    let mut zstd = zstd::encode_all(rows(100_000).as_bytes(), 3).unwrap();
    let half = zstd.len() / 2;
    zstd[half..half + 8].fill(0xff);
    let cases = [
        Bad { input: b"", more: &[], code: 65, says: &["data_0.csv is empty", "--no-header"] },
        Bad { input: b"id\na\n", more: &[], code: 65, says: &["header of data_0.csv", "amount"] },
        Bad { input: b"\xff\xfei\0d\0", more: &[], code: 65, says: &["UTF-16", "byte 0", "iconv"] },
        Bad { input: b"id,am\xe9\n", more: &[], code: 65, says: &["not UTF-8", "byte 5", "iconv"] },
        Bad {
            input: &gzip,
            more: &[],
            code: 65,
            says: &["data_0.csv is broken gzip data", "upload it again"],
        },
        Bad {
            input: &zstd,
            more: &[],
            code: 65,
            says: &["data_0.csv is broken zstd data", "upload it again"],
        },
        Bad { input: b"id,amount\n", more: &["--delimiter", "\""], code: 64, says: &["--quote"] },
        Bad {
            input: b"id,amount\n",
            more: &["--input", "in/data_{idx}.csv"],
            code: 64,
            says: &["{idx}", "{index}"],
        },
        Bad {
            input: b"id,amount\n",
            more: &["--input", "in/none_{index}.csv"],
            code: 66,
            says: &["in/none_0.csv"],
        },
        Bad { input: b"id,amount\n", more: &["--input", "none/"], code: 66, says: &["none"] },
        Bad {
            input: b"id,amount\n",
            more: &["--input", "in/*.txt"],
            code: 66,
            says: &["in/*.txt"],
        },
        Bad {
            input: b"id,amount\n",
            more: &["--schema", "none.json"],
            code: 64,
            says: &["schema", "none.json"],
        },
        Bad {
            input: b"id,amount\n",
            more: &["--schema", "in/data_0.csv"],
            code: 64,
            says: &["schema in/data_0.csv"],
        },
        Bad {
            input: b"id,amount\n",
            more: &["--output", "schema.json"],
            code: 64,
            says: &["schema.json"],
        },
        Bad {
            input: b"id,amount\n",
            more: &["--input", "in/data_0.csv", "--total-partitions", "2"],
            code: 64,
            says: &["--split bytes"],
        },
        Bad { input: b"id,amount\n", more: &["--index", "1"], code: 66, says: &["data_1.csv"] },
        Bad {
            input: b"id,amount\n",
            more: &["--output", "/proc/none"],
            code: 64,
            says: &["/proc/none/part-00000 cannot be made"],
        },
        Bad { input: b"id,amount\n", more: &["--quote", ""], code: 64, says: &["give none"] },
    ];
    for Bad { input, more, code, says } in cases {
        let folder = Folder::with_input(input);
        // A flag that is given twice is an error of its own, so these replace the usual ones.
        let mut arguments: Vec<&str> = support::VALIDATE.to_vec();
        match arguments.iter().position(|argument| Some(argument) == more.first()) {
            Some(at) => arguments[at + 1] = more[1],
            None => arguments.extend(more),
        }
        if more.len() > 2 {
            arguments.extend(&more[2..]);
        }
        let ran = folder.run(0, 1, &arguments);
        ran.assert_code(code);
        let error = ran.error();
        for text in says {
            assert!(error.contains(text), "{text:?} is not in {error}");
        }
        assert!(folder.tree("out").is_empty(), "{more:?} left {:?}", folder.tree("out").keys());
        let message = folder.termination();
        assert_eq!(message["exit_code"], code);
        assert_eq!(message["outcome"], "failed");
    }
}

#[test]
fn broken_compressed_data_is_told_with_the_place_up_to_which_it_could_be_read() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(rows(5000).as_bytes()).unwrap();
    let mut gzip = gzip.finish().unwrap();
    gzip.truncate(gzip.len() / 2);
    let mut readable = Vec::new();
    flate2::read::GzDecoder::new(&gzip[..]).read_to_end(&mut readable).unwrap_err();
    assert!(readable.len() > 10_000);
    let says = format!("near byte {} of", readable.len());
    let exec = ["exec", "--input", "in/", "--output", "out", "--", "cat"];
    let folder = Folder::with_input(&gzip);
    for arguments in [
        &support::VALIDATE[..],
        &[&support::VALIDATE[..], &["--encoding", "windows-1252"]].concat(),
        &exec,
        &[&exec[..5], &["--header"], &exec[5..]].concat(),
    ] {
        let error = folder.run(0, 1, arguments).assert_code(65).error();
        assert!(error.contains(&says), "{says:?} is not in {error}");
    }
}
