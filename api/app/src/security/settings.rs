use std::fmt;
use std::str::FromStr;

/// From when on something is a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecurityRules {
    /// Failed sign-ins from one address within [`Self::window_s`].
    pub sign_ins: u32,
    /// Denials of one principal within [`Self::window_s`].
    pub denials: u32,
    /// Seconds.
    pub window_s: u32,
    /// Hours that a key is known before another address is news.
    pub learn_hours: u32,
    /// Days after which a key is old.
    pub key_days: u32,
}

impl Default for SecurityRules {
    fn default() -> Self {
        Self { sign_ins: 10, denials: 20, window_s: 600, learn_hours: 24, key_days: 365 }
    }
}

impl fmt::Display for SecurityRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sign_ins, denials, window_s, learn_hours, key_days } = self;
        write!(
            f,
            "sign-ins={sign_ins},denials={denials},window={window_s},learn={learn_hours},\
             key-days={key_days}"
        )
    }
}

impl FromStr for SecurityRules {
    type Err = String;

    /// Reads `sign-ins=10,denials=20`; what is not named keeps its default. Nothing may be 0, and the window is a
    /// day at most.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut rules = Self::default();
        for part in text.split(',') {
            let (name, value) = part.split_once('=').ok_or_else(|| expected(part))?;
            let value = value.parse().ok().filter(|value| (1..=86_400).contains(value));
            let value: u32 = value.ok_or_else(|| expected(part))?;
            match name {
                "sign-ins" => rules.sign_ins = value,
                "denials" => rules.denials = value,
                "window" => rules.window_s = value,
                "learn" => rules.learn_hours = value,
                "key-days" => rules.key_days = value,
                _ => return Err(expected(part)),
            }
        }
        Ok(rules)
    }
}

fn expected(part: &str) -> String {
    format!(
        "expected sign-ins, denials, window, learn or key-days, `=`, and 1 to 86400; got {part:?}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_read_back_and_nonsense_is_refused() {
        let rules = SecurityRules { denials: 7, key_days: 30, ..SecurityRules::default() };
        assert_eq!(rules.to_string().parse(), Ok(rules));
        assert_eq!("denials=7,key-days=30".parse(), Ok(rules));
        for bad in ["", "denials", "denials=0", "denials=x", "window=86401", "other=1"] {
            assert!(bad.parse::<SecurityRules>().is_err(), "{bad}");
        }
    }
}
