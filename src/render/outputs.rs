use crate::render::{Output, json, markdown, terminal};

/// Every output, by id.
pub static OUTPUTS: &[&Output] = &[&json::OUTPUT, &markdown::OUTPUT, &terminal::OUTPUT];

/// The output for people.
pub static TERMINAL: &Output = &terminal::OUTPUT;

/// The output of that id.
#[must_use]
pub fn output(id: &str) -> Option<&'static Output> {
    OUTPUTS.iter().copied().find(|output| output.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(OUTPUTS.is_sorted_by_key(|output| output.id));
    }
}
