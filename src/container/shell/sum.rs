//! `$(( … ))`: whole numbers, `+ - * / %`, comparisons, brackets, variables without their dollar sign.

/// The value of a sum; `None` if it is none.
pub(super) fn value(text: &str, variable: &dyn Fn(&str) -> i64) -> Option<i64> {
    let mut sum = Sum { text: text.as_bytes(), at: 0, variable, depth: 0 };
    let value = sum.level(0)?;
    sum.space();
    (sum.at == sum.text.len()).then_some(value)
}

struct Sum<'s> {
    text: &'s [u8],
    at: usize,
    variable: &'s dyn Fn(&str) -> i64,
    depth: u32,
}

/// Operators, by how weakly they bind; of those with one beginning the longer first.
const LEVELS: &[&[&str]] = &[&["||"], &["&&"], &["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

impl Sum<'_> {
    fn space(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn level(&mut self, level: usize) -> Option<i64> {
        let Some(operators) = LEVELS.get(level) else { return self.one() };
        let mut left = self.level(level + 1)?;
        loop {
            self.space();
            let found = operators.iter().find(|operator| self.text[self.at..].starts_with(operator.as_bytes()));
            let Some(operator) = found else { return Some(left) };
            self.at += operator.len();
            let right = self.level(level + 1)?;
            left = match *operator {
                "||" => i64::from(left != 0 || right != 0),
                "&&" => i64::from(left != 0 && right != 0),
                "==" => i64::from(left == right),
                "!=" => i64::from(left != right),
                "<=" => i64::from(left <= right),
                ">=" => i64::from(left >= right),
                "<" => i64::from(left < right),
                ">" => i64::from(left > right),
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                "*" => left.wrapping_mul(right),
                "/" => left.checked_div(right)?,
                _ => left.checked_rem(right)?,
            };
        }
    }

    fn one(&mut self) -> Option<i64> {
        self.space();
        self.depth += 1;
        if self.depth > 500 {
            return None;
        }
        let start = self.at;
        match self.text.get(self.at)? {
            b'(' => {
                self.at += 1;
                let value = self.level(0)?;
                self.space();
                (self.text.get(self.at) == Some(&b')')).then(|| self.at += 1)?;
                Some(value)
            }
            b'-' => {
                self.at += 1;
                Some(self.one()?.wrapping_neg())
            }
            b'+' => {
                self.at += 1;
                self.one()
            }
            b'!' => {
                self.at += 1;
                Some(i64::from(self.one()? == 0))
            }
            c if c.is_ascii_alphanumeric() || *c == b'_' => {
                while self.text.get(self.at).is_some_and(|c| c.is_ascii_alphanumeric() || *c == b'_') {
                    self.at += 1;
                }
                let word = std::str::from_utf8(&self.text[start..self.at]).ok()?;
                if c.is_ascii_digit() { word.parse().ok() } else { Some((self.variable)(word)) }
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        let n = |name: &str| if name == "n" { 7 } else { 0 };
        for (text, expect) in [
            ("1 + 2 * 3", Some(7)),
            ("(1 + 2) * 3", Some(9)),
            ("100 + n", Some(107)),
            ("-n % 4", Some(-3)),
            ("n >= 7 && 1", Some(1)),
            ("1 / 0", None),
            ("1 +", None),
        ] {
            assert_eq!(value(text, &n), expect, "{text}");
        }
    }
}
