//! Enums whose variants have names in the standard, with one list of them.

/// Declares an enum whose variants have names, with all of them in a list, so that no list has to
/// be kept beside the enum.
macro_rules! named_enum {
    (
        $(#[$about:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$about_variant:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $visibility enum $name {
            $($(#[$about_variant])* $variant,)+
        }

        impl $name {
            /// Every one, in the order in which messages list them.
            $visibility const ALL: &[$name] = &[$($name::$variant,)+];

            /// Its name in the standard.
            $visibility const fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)+
                }
            }

            /// The one of this name.
            $visibility fn of(name: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|known| known.as_str() == name)
            }
        }
    };
}

pub(crate) use named_enum;
