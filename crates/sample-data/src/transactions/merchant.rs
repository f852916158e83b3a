//! Where the money went: invented names, as awkward as real ones.

/// The greatest length of a merchant's name, in characters. The schema says the same.
pub(crate) const MAX_CHARACTERS: usize = 40;

/// Names with commas, quotes and two- to four-byte characters among the plain ones. The longest has
/// exactly [`MAX_CHARACTERS`] characters, and more bytes than that.
pub(crate) const MERCHANTS: &[&str] = &[
    "Kiosk 24",
    "Blue Cab",
    "Nordlicht",
    "Casa Verde",
    "Metro Books",
    "Fitline",
    "Aqua Spa",
    "Hotel Adria",
    "Zug & Tram",
    "Rapid Gas",
    "Green Farm",
    "Pixel Shop",
    "Bike Hub",
    "Stadtbad",
    "La Bodega",
    "Vinyl Bar",
    "Cloud Host",
    "Tele One",
    "Power Grid",
    "Optik Lux",
    "Data Loft",
    "Auto Bosco",
    "Papeterie",
    "Sol y Mar",
    "Ferry Line",
    "Chemist",
    "Teahouse",
    "Garden Co",
    "Print Lab",
    "Toy Box",
    "Kino Lido",
    "Parking P3",
    "O'Neill's Pub",
    "7-Twelve",
    "Shoes & More",
    "A. Rossi",
    "Sushi Go",
    "Wood/Works",
    "Bar 1+1",
    "Deli #5",
    "Smith, Lee & Co",
    "Berg, Tal",
    "Bolt, Inc.",
    "The \"Old\" Mill",
    "Bar \"Luna\"",
    "\"Zum Anker\"",
    "Joe \"Jo\", Tailor",
    "Café Noir",
    "Bäckerei Öz",
    "Crème & Thé",
    "Señor Taco",
    "Żabka Łódź",
    "Ærø Kro",
    "Straße 9",
    "東京書店",
    "寿司まさ",
    "Кафе Мир",
    "Ελιά",
    "Pizza 🍕",
    "Größe Ähre, Müller & Söhne Gemüsehändler",
];

#[cfg(test)]
mod tests {
    use super::{MAX_CHARACTERS, MERCHANTS};

    #[test]
    fn the_longest_name_is_exactly_as_long_as_the_schema_allows_and_longer_in_bytes() {
        let longest = MERCHANTS.iter().max_by_key(|name| name.chars().count()).unwrap();
        assert_eq!(longest.chars().count(), MAX_CHARACTERS);
        assert!(longest.len() > MAX_CHARACTERS);
    }
}
