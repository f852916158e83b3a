//! Numbers with something around them (`bareNumber: false`), such as `€ 95.00 net`.

/// Words for "less than nothing", for the debit side and for money that goes out, as bank exports
/// write them beside a number (English, German, Spanish, Portuguese, French, Italian, Dutch,
/// Polish, Swedish, Danish, Norwegian), in lower case. Such a list is never whole, so the guide
/// says what else to do with a column whose sign is a word.
const NEGATIVE: [&str; 51] = [
    "minus",
    "negative",
    "neg",
    "menos",
    "moins",
    "meno",
    "menys",
    "dr",
    "dbt",
    "dbit",
    "deb",
    "debit",
    "debet",
    "debits",
    "debited",
    "soll",
    "belastung",
    "lastschrift",
    "ausgang",
    "abgang",
    "abbuchung",
    "auszahlung",
    "debe",
    "cargo",
    "cargos",
    "retiro",
    "debito",
    "débito",
    "saída",
    "saida",
    "débit",
    "sortie",
    "retrait",
    "dare",
    "addebito",
    "uscita",
    "prelievo",
    "af",
    "afschrijving",
    "uitgave",
    "obciążenie",
    "wypłata",
    "winien",
    "uttag",
    "debiteret",
    "hævet",
    "withdrawal",
    "withdrawn",
    "withdraw",
    "outflow",
    "charge",
];

/// The same in one letter or two, which are units in lower case: `5 d` are days, `12.5 s` seconds,
/// `95 dB` decibels.
const NEGATIVE_MARKS: [&str; 3] = ["D", "S", "DB"];

/// The number of a cell without what stands around it. `None` if that may be the number's sign:
/// `-€95`, `95-`, `−95`, `(95)`, `95 DR` and `minus 95` are not 95.
pub(super) fn strip<'a>(cell: &'a [u8], decimal_char: &[u8], integer: bool) -> Option<&'a [u8]> {
    let digit = cell.iter().position(u8::is_ascii_digit)?;
    let end = cell.iter().rposition(u8::is_ascii_digit)? + 1;
    let mut start = digit;
    // In `$.50` the decimal character belongs to the number, in `Rs.50` to the abbreviation.
    if !integer
        && let Some(before) = cell[..start].strip_suffix(decimal_char)
        && !before.last().is_some_and(u8::is_ascii_alphabetic)
    {
        start = before.len();
    }
    if matches!(cell[..start].last(), Some(b'-' | b'+')) {
        start -= 1;
    }
    // A decimal character that ends the number, as in `5.`, changes nothing: it goes too.
    let (before, after) =
        (std::str::from_utf8(&cell[..start]).ok()?, std::str::from_utf8(&cell[end..]).ok()?);
    let is_open = |open, close| before.matches(open).count() > before.matches(close).count();
    // `<5` alone says "less than", and is stripped as the standard has it.
    let is_enclosed = |open, close| is_open(open, close) && after.contains(close);
    let signed = has_sign(before)
        || has_sign(after)
        || is_open('(', ')')
        || is_open('（', '）')
        || is_enclosed('[', ']')
        || is_enclosed('<', '>');
    (!signed).then_some(&cell[start..end])
}

/// Whether text beside a number may say that it is negative: with a dash of any kind that joins no
/// two letters (`t-shirts`), or with a word or mark of a debit.
fn has_sign(text: &str) -> bool {
    let is_dash = |c| {
        matches!(
            c,
            '-' | '\u{2010}'
                ..='\u{2015}'
                    | '\u{2212}'
                    | '\u{207b}'
                    | '\u{208b}'
                    | '\u{fe58}'
                    | '\u{fe63}'
                    | '\u{ff0d}'
        )
    };
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let joins = before.is_some_and(char::is_alphabetic)
            && chars.peek().copied().is_some_and(char::is_alphabetic);
        if is_dash(c) && !joins {
            return true;
        }
        before = Some(c);
    }
    text.split_inclusive(|c: char| !c.is_alphabetic()).any(|piece| {
        let word = piece.trim_end_matches(|c: char| !c.is_alphabetic());
        let is = |known: &str| word.chars().flat_map(char::to_lowercase).eq(known.chars());
        // The S of the Singapore dollar and of the Peruvian sol is none of a debit.
        let is_currency = ["S$", "S/"].contains(&piece);
        !is_currency && (NEGATIVE_MARKS.contains(&word) || NEGATIVE.into_iter().any(is))
    })
}
