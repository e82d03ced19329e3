/// A rule.
#[derive(Clone, Debug)]
pub struct RuleAnswer {
    /// Its id.
    pub id: &'static str,
    /// Its summary.
    pub summary: &'static str,
    /// Its page.
    pub page: &'static str,
    /// Its stage.
    pub stage: &'static str,
    /// What it needs.
    pub needs: Vec<&'static str>,
    /// Its tier.
    pub tier: &'static str,
    /// What it is a special case of.
    pub specialises: Option<&'static str>,
    /// The version that first had it.
    pub since: &'static str,
}

/// A format.
#[derive(Clone, Debug)]
pub struct FormatAnswer {
    /// Its id.
    pub id: &'static str,
    /// Its summary.
    pub summary: &'static str,
    /// Its page.
    pub page: &'static str,
}
