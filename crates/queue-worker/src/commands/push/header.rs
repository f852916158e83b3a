//! The header of a CSV file. Pure.

/// A header that makes no object, or one that nobody can have meant.
pub(super) fn check_header(header: &csv::StringRecord, delimiter: u8) -> Result<(), String> {
    if let Some(named) = header.get(0).and_then(|first| first.strip_prefix("sep="))
        && header.iter().skip(1).all(str::is_empty)
        && named.len() <= 1
    {
        let named = named.chars().next().unwrap_or(delimiter as char);
        return Err(format!(
            "this line is for Excel and is no header; take it away (tail -n +2) and say \
             --delimiter {named:?}"
        ));
    }
    for (place, field) in header.iter().enumerate() {
        if header.iter().take(place).any(|before| before == field) {
            return Err(format!(
                "the column {field:?} is there twice, so that a task would have two fields of one \
                 name"
            ));
        }
    }
    let first = header.get(0).unwrap_or("");
    let other = [b';', b'\t', b'|', b',']
        .into_iter()
        .find(|other| *other != delimiter && first.contains(*other as char));
    match other {
        Some(other) if header.len() == 1 => Err(format!(
            "the only column is {:?}; if {:?} stands between its columns, say --delimiter {:?}",
            first, other as char, other as char
        )),
        _ => Ok(()),
    }
}
