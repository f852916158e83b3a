//! Who may change something: whoever knows the token. Does no I/O.

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};

/// Lets in who knows the token.
///
/// A browser that has logged in keeps a cookie, which it sends to this host alone; a form bears a
/// second text that no other site can know, so that no link from elsewhere presses a button. Both
/// are made from the token and a secret of this process: a restart logs everybody out, and so does
/// whoever logs out.
#[derive(Debug)]
pub(super) struct Gate {
    token: String,
    secret: [u8; 32],
    /// How often somebody has logged out.
    ended: AtomicU64,
}

impl Gate {
    /// A gate for this token. `secret` is random.
    pub(super) fn new(token: &str, secret: [u8; 32]) -> Gate {
        Gate { token: token.to_owned(), secret, ended: AtomicU64::new(0) }
    }

    fn made(&self, what: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.secret);
        hash.update(self.ended.load(Ordering::Relaxed).to_be_bytes());
        hash.update(what);
        hash.update(&self.token);
        hex(&hash.finalize().into())
    }

    /// Whether this is the token.
    pub(super) fn knows(&self, token: &str) -> bool {
        // Digests: how long the comparison takes says nothing of the token.
        digest(token) == digest(&self.token)
    }

    /// What a browser keeps that has logged in.
    pub(super) fn cookie(&self) -> String {
        self.made("cookie:")
    }

    /// What forms bear.
    pub(super) fn form_token(&self) -> String {
        self.made("form:")
    }

    /// Lets nobody in any more who has logged in before.
    pub(super) fn log_out(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether this header of cookies is that of one that has logged in.
    pub(super) fn has_logged_in(&self, cookies: &str) -> bool {
        let ours = cookies.split(';').filter_map(|cookie| cookie.trim().split_once('='));
        ours.filter(|(name, _)| *name == COOKIE)
            .any(|(_, value)| digest(value) == digest(&self.cookie()))
    }

    /// Whether a form bears the right text.
    pub(super) fn is_own_form(&self, form_token: &str) -> bool {
        digest(form_token) == digest(&self.form_token())
    }
}

/// The name of the cookie.
pub(super) const COOKIE: &str = "queue_worker";

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_and_what_is_made_from_it_are_let_in() {
        let gate = Gate::new("right", [7; 32]);
        assert!(gate.knows("right") && !gate.knows("") && !gate.knows("right "));
        let cookie = format!("theme=dark; {COOKIE}={}", gate.cookie());
        assert!(gate.has_logged_in(&cookie));
        assert!(gate.is_own_form(&gate.form_token()));
        for forged in ["", "right", &gate.cookie(), &gate.form_token()[1..]] {
            assert!(!gate.is_own_form(forged), "{forged}");
            assert!(!gate.has_logged_in(&format!("{COOKIE}={forged}x")), "{forged}");
        }
        assert!(!gate.has_logged_in(&format!("other={}", gate.cookie())));
        let form = gate.form_token();
        gate.log_out();
        assert!(!gate.has_logged_in(&cookie) && !gate.is_own_form(&form));
    }

    #[test]
    fn another_process_lets_nobody_in_who_logged_in_at_this_one() {
        let (one, other) = (Gate::new("right", [1; 32]), Gate::new("right", [2; 32]));
        assert!(!other.has_logged_in(&format!("{COOKIE}={}", one.cookie())));
        assert!(!other.is_own_form(&one.form_token()));
    }
}
