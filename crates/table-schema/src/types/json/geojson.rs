//! The structure of GeoJSON.
//!
//! Source: RFC 7946, sections 3.1 to 3.3.

use crate::types::number::{Number, NumberFormat};

use super::{elements, is_value, member};

/// Whether `text` is a GeoJSON object: a geometry, a feature or a collection of features, with
/// the members that its type must have, coordinates nested as its type has them, and rings of at
/// least four positions that end where they began.
pub(crate) fn is_geojson(text: &[u8]) -> bool {
    if !is_value(text) {
        return false;
    }
    let text = text.trim_ascii();
    text.first() == Some(&b'{') && (is_feature(text) || is_collection(text) || is_geometry(text))
}

fn has_type(object: &[u8], name: &str) -> bool {
    object.first() == Some(&b'{')
        && member(object, "type").is_some_and(|value| super::scan::is_string(value, name))
}

fn is_collection(object: &[u8]) -> bool {
    has_type(object, "FeatureCollection")
        && member(object, "features").is_some_and(|features| all(features, is_feature))
}

fn is_feature(object: &[u8]) -> bool {
    has_type(object, "Feature")
        && member(object, "geometry").is_some_and(|value| value == b"null" || is_geometry(value))
        && member(object, "properties")
            .is_some_and(|value| value == b"null" || value.first() == Some(&b'{'))
}

fn is_geometry(object: &[u8]) -> bool {
    if has_type(object, "GeometryCollection") {
        return member(object, "geometries").is_some_and(|geometries| all(geometries, is_geometry));
    }
    let Some(coordinates) = member(object, "coordinates") else {
        return false;
    };
    let is = |name| has_type(object, name);
    if is("Point") {
        is_position(coordinates)
    } else if is("MultiPoint") {
        all(coordinates, is_position)
    } else if is("LineString") {
        is_line(coordinates)
    } else if is("MultiLineString") {
        all(coordinates, is_line)
    } else if is("Polygon") {
        all(coordinates, is_ring)
    } else {
        is("MultiPolygon") && all(coordinates, |polygon| all(polygon, is_ring))
    }
}

/// Whether `value` is an array all of whose elements are good.
fn all(value: &[u8], good: impl Fn(&[u8]) -> bool) -> bool {
    value.first() == Some(&b'[') && elements(value).all(good)
}

fn is_number(value: &[u8]) -> bool {
    matches!(value.first(), Some(b'-' | b'0'..=b'9'))
}

fn is_position(value: &[u8]) -> bool {
    all(value, is_number) && elements(value).take(2).count() == 2
}

fn is_line(value: &[u8]) -> bool {
    all(value, is_position) && elements(value).take(2).count() == 2
}

fn is_ring(value: &[u8]) -> bool {
    if !all(value, is_position) || elements(value).take(4).count() < 4 {
        return false;
    }
    let (Some(first), Some(last)) = (elements(value).next(), elements(value).last()) else {
        return false;
    };
    same_position(first, last)
}

fn same_position(a: &[u8], b: &[u8]) -> bool {
    let format = NumberFormat::plain(false);
    elements(a).count() == elements(b).count()
        && elements(a).zip(elements(b)).all(|(a, b)| match (format.parse(a), format.parse(b)) {
            (Some(Number::Finite(a)), Some(Number::Finite(b))) => a == b,
            _ => a == b,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_each_type_are_told_from_what_is_none() {
        for good in [
            r#"{"type":"Point","coordinates":[30,10]}"#,
            r#"{"coordinates":[[30,10,5],[1,2]],"type":"LineString"}"#,
            r#"{"type":"MultiPoint","coordinates":[]}"#,
            r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0.0,0e0]]]}"#,
            r#"{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]]}"#,
            r#"{"type":"MultiLineString","coordinates":[[[0,0],[1,0]]]}"#,
            r#"{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]}]}"#,
            r#"{"type":"Feature","geometry":null,"properties":{"a":1}}"#,
            r#"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":null}]}"#,
        ] {
            assert!(is_geojson(good.as_bytes()), "{good}");
        }
        for bad in [
            "[]",
            "{}",
            r#"{"type":"Point"}"#,
            r#"{"type":"Point","coordinates":[1]}"#,
            r#"{"type":"Point","coordinates":["1","2"]}"#,
            r#"{"type":"Pt","coordinates":[1,2]}"#,
            r#"{"type":"LineString","coordinates":[[1,2]]}"#,
            r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[0,0]]]}"#,
            r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}"#,
            r#"{"type":"Feature","geometry":null}"#,
            r#"{"type":"FeatureCollection","features":[{"type":"Point","coordinates":[1,2]}]}"#,
            r#"{"type":"Point","coordinates":[1,2]"#,
        ] {
            assert!(!is_geojson(bad.as_bytes()), "{bad}");
        }
    }
}
