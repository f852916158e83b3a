//! The versions of the standard, as far as they mean different things by the same schema.

use crate::types::{TemporalFormat, TypeName};

/// A version of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    One,
    Two,
}

impl Version {
    /// The version that the property `$schema` names.
    pub(crate) fn of(profile: Option<&str>) -> Version {
        match profile {
            Some(profile)
                if !profile.contains("/1.") && !profile.contains("specs.frictionlessdata.io") =>
            {
                Version::Two
            }
            _ => Version::One,
        }
    }

    /// The type of a field that names none.
    pub(crate) fn default_type(self) -> TypeName {
        match self {
            Version::One => TypeName::String,
            Version::Two => TypeName::Any,
        }
    }

    /// How a time is written whose format is the default.
    pub(crate) fn default_time(self) -> TemporalFormat {
        match self {
            Version::One => TemporalFormat::Iso,
            Version::Two => TemporalFormat::Default,
        }
    }
}
