//! Numbers as text without an allocation: names are made of them all the time.

/// The hexadecimal digits of a number, as short as can be.
#[derive(Clone, Copy, Debug)]
pub struct Hex {
    digits: [u8; 16],
    from: usize,
}

impl Hex {
    /// The digits of `n`.
    #[must_use]
    pub fn of(n: u64) -> Hex {
        let nibble = |place: usize| b"0123456789abcdef"[(n >> (4 * (15 - place)) & 0xf) as usize];
        let shown = (64 - n.leading_zeros()).div_ceil(4).max(1) as usize;
        Hex { digits: std::array::from_fn(nibble), from: 16 - shown }
    }

    /// As many of the last digits, with zeros before them.
    #[must_use]
    pub fn last(&self, count: usize) -> &str {
        self.part(16 - count.min(16))
    }

    fn part(&self, from: usize) -> &str {
        std::str::from_utf8(&self.digits[from..]).unwrap_or_default()
    }
}

impl std::ops::Deref for Hex {
    type Target = str;
    fn deref(&self) -> &str {
        self.part(self.from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_format() {
        for n in [0, 1, 0xf, 0x10, 0xabc, 0x0123_4567_89ab_cdef, u64::MAX] {
            assert_eq!(&*Hex::of(n), format!("{n:x}"));
            assert_eq!(Hex::of(n).last(16), format!("{n:016x}"));
        }
        assert_eq!(Hex::of(0x12345).last(4), "2345");
    }
}
