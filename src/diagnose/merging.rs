//! Findings that say one thing, made one.

use bstr::BString;

use crate::diagnose::{Finding, RuleStage, run::Run};

impl Run<'_> {
    /// Two findings with one fix are one: the surer names the other.
    pub(super) fn merge_same_fixes(&mut self) {
        let mut kept: Vec<Finding> = Vec::new();
        for finding in std::mem::take(&mut self.diagnosis.findings) {
            let texts = |finding: &Finding| -> Vec<(BString, BString)> {
                let edits = finding.fix.edits.iter();
                edits
                    .map(|edit| (edit.from.clone(), edit.to.clone()))
                    .collect()
            };
            let own = texts(&finding);
            // Two parts of a scope are put right together, and are two mistakes.
            let of_parts = |held: &Finding| {
                let both = [held, &finding];
                let [one, other] = both.map(|finding| finding.exhibit.actual.as_ref());
                both.iter()
                    .all(|finding| finding.rule.stage == RuleStage::Scope)
                    && one.zip(other).is_some_and(|(one, other)| one != other)
            };
            let same =
                |held: &&mut Finding| !own.is_empty() && texts(held) == own && !of_parts(held);
            match kept.iter_mut().find(same) {
                Some(held) => {
                    held.equivalent.push(finding.rule);
                    held.with.retain(|rule| *rule != finding.rule);
                }
                None => kept.push(finding),
            }
        }
        self.diagnosis.findings = kept;
    }

    /// A special case beside its general rule is named by it.
    pub(super) fn merge_special_cases(&mut self) {
        let findings = std::mem::take(&mut self.diagnosis.findings);
        let (special, mut general): (Vec<_>, Vec<_>) = findings
            .into_iter()
            .partition(|finding| finding.rule.specialises.is_some());
        for finding in special {
            let of = general
                .iter_mut()
                .find(|held| Some(held.rule.id) == finding.rule.specialises);
            match of {
                Some(held) if held.equivalent.contains(&finding.rule) => {}
                Some(held) => held.equivalent.push(finding.rule),
                None => general.push(finding),
            }
        }
        for finding in &mut general {
            let Finding {
                with,
                equivalent,
                rule,
                ..
            } = finding;
            with.retain(|other| !equivalent.contains(other) && other.specialises != Some(rule.id));
        }
        self.diagnosis.findings = general;
    }
}
