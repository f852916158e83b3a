//! Any bytes as a file in any dialect, rewritten in blocks of any size.

use std::sync::Arc;

use csv_records::translation::{LineEnd, Rewriter, TableDialect, TextMap, Union, UnionColumn};
use csv_records::{Rest, Splitter};

/// Rewrites a file that comes in pieces of `piece` bytes.
fn rewrite(mut rewriter: Rewriter, file: &[u8], piece: usize) -> (Vec<u8>, TextMap) {
    let (mut text, mut map) = (Vec::new(), TextMap::default());
    let (mut start, mut end) = (0, 0);
    loop {
        end = (end + piece).min(file.len());
        let last = end == file.len();
        start +=
            rewriter.rewrite(&file[start..end], last, &TextMap::default(), &mut text, &mut map);
        if last {
            assert_eq!(start, file.len(), "the last block is consumed whole");
            return (text, map);
        }
    }
}

/// Six bytes choose the dialect, the limit and the size of the blocks.
fn dialect([marks, more, rows, skip, ..]: [u8; 6]) -> TableDialect {
    let any = |byte: u8, of: &[&str]| of[usize::from(byte) % of.len()].to_owned();
    TableDialect {
        header: more & 1 == 0,
        header_rows: [None, Some(vec![1]), Some(vec![1, 2]), Some(vec![2])][usize::from(rows % 4)]
            .clone(),
        comment_rows: if skip & 4 == 0 { Vec::new() } else { vec![3] },
        skip_rows: u64::from(skip % 2),
        comment: (more & 2 != 0).then(|| "#".to_owned()),
        delimiter: any(marks % 4, &[",", ";", "||", "\u{a6}"]),
        line_end: match marks / 4 % 3 {
            0 => LineEnd::LineFeed,
            1 => LineEnd::Return,
            _ => LineEnd::Text("~~".to_owned()),
        },
        quote: [Some('"'), Some('\u{ab}'), None][usize::from(marks / 16 % 3)],
        double_quote: more & 4 == 0,
        escape: (more & 8 != 0).then_some('\\'),
        skip_initial_space: more & 16 != 0,
        skip_blank_rows: more & 32 != 0,
        ..TableDialect::default()
    }
}

/// The text does not depend on where the blocks are cut. It is plain CSV without a malformed
/// record, but for a header that cannot be cut, and every place is within the file. A union of
/// columns gives every record the same number of cells, unless it is noted or the header does not
/// fit.
pub(crate) fn holds(data: &[u8]) {
    let Some((&choice, file)) = data.split_first_chunk::<6>() else { return };
    let dialect = dialect(choice);
    if dialect.check().is_err() {
        return;
    }
    let [.., limit, piece] = choice;
    let limit = if limit < 128 { usize::from(limit) + 1 } else { file.len() + 2 };
    let output = dialect.rewritten();
    let column = |name: &str, missing: &str| UnionColumn {
        name: name.into(),
        missing: Some(missing.into()),
    };
    let union = Arc::new(Union::new(vec![column("a", ""), column("b", "-"), column("c", "")]));
    for unites in [false, true] {
        let rewriter = || {
            let rewriter = Rewriter::new(dialect.clone(), output, None, limit);
            if unites { rewriter.with_columns(Arc::clone(&union)) } else { rewriter }
        };
        let (text, map) = rewrite(rewriter(), file, usize::from(piece) + 1);
        assert!(
            (&text, &map) == (&rewrite(rewriter(), file, file.len().max(1)).0, &map),
            "the cuts of blocks show"
        );
        let (mut number, mut is_united) = (0, false);
        let rest = Splitter::new(output, text.len() + 1).split(&text, true, |record| {
            number += 1;
            let is_header = number == 1 && dialect.header;
            assert!(record.malformed.is_none() || is_header, "{:?}", record.malformed);
            assert!(map.offset(record.start as u64) <= file.len() as u64, "outside the file");
            if is_header {
                is_united = unites && union.names().eq(record.cells.iter().copied());
            }
            let range = record.start as u64..record.end as u64;
            let is_noted = map.notes().iter().any(|note| range.contains(&note.at));
            let is_blank = matches!(record.cells, [cell] if cell.is_empty());
            assert!(
                !is_united || is_noted || is_blank || record.cells.len() == 3,
                "{} cells",
                record.cells.len()
            );
            true
        });
        assert!(matches!(rest, Rest::Incomplete(end) if end == text.len()), "{rest:?}");
    }
}
