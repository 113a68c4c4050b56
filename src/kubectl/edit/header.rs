//! The comment at the top of the file to edit: what to do, and why it must be edited again.

use super::text::commented;

const HEAD: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n\
                    # and an empty file will abort the edit. If an error occurs while saving this file will be\n\
                    # reopened with the relevant failures.\n\
                    #\n";

/// Why the file must be edited again.
#[derive(Clone, Debug, Default)]
pub struct Reason {
    /// In one line.
    pub head: String,
    /// In detail.
    pub other: Vec<String>,
}

/// The comment.
pub fn header(reasons: &[Reason]) -> String {
    let mut text = HEAD.to_string();
    for reason in reasons {
        let colon = if reason.other.is_empty() { "" } else { ":" };
        text.extend([format!("# {}{colon}\n", commented(&reason.head))]);
        text.extend(reason.other.iter().map(|other| format!("# * {}\n", commented(other))));
        text.push_str("#\n");
    }
    text
}
