use bstr::ByteSlice;

use crate::{
    diagnose::{Check, Circumstance, Observation, Verified, rules::rules, run::Run},
    evidence::{Party, Statement},
};

impl Run<'_> {
    /// What remains when the signature differs and nothing else explains it.
    pub(super) fn left_over(&mut self) {
        let agrees = self.service_agrees();
        if agrees {
            self.diagnosis.verified.push(Verified::ServiceAgrees);
        }
        let refused = self.it.statements().contains(&Statement::SignatureDiffers);
        let proven = self
            .diagnosis
            .findings
            .iter()
            .any(|finding| finding.proof.rank() <= 1);
        // A signature that a service refused does not match, whether or not it can be computed.
        let surer = self
            .diagnosis
            .findings
            .iter()
            .any(|finding| finding.proof.rank() <= 3);
        // Where the service said yes, the key was right, and the capture is what is not whole.
        let accepted = self
            .it
            .response()
            .is_some_and(|response| (200..300).contains(&response.status));
        if accepted && !agrees {
            return;
        }
        let circumstance = match (agrees && refused, self.unexplained || refused) {
            _ if proven => return,
            (true, _) => Circumstance::Excluded,
            (false, true) if self.unexplained || !surer => Circumstance::Suspected,
            _ => return,
        };
        let left_over = rules()
            .iter()
            .filter(|rule| matches!(rule.check, Check::LeftOver));
        for rule in left_over {
            self.add_observed(rule, Observation::new(circumstance));
        }
    }

    /// Whether signer and service computed the same.
    fn service_agrees(&self) -> bool {
        let attempt = self.it.attempt();
        let strings = (
            attempt.string_to_sign(Party::Signer),
            attempt.string_to_sign(Party::Service),
        );
        if let (Some(signer), Some(service)) = strings {
            return signer.text == service.text;
        }
        let service = self.it.artifact(Party::Service);
        match (self.it.artifact(Party::Signer), service) {
            (Some(signer), Some(service)) => signer == service,
            // The signature came out as sent, so the signer had what is derived here.
            (None, Some(service)) if self.diagnosis.verified.contains(&Verified::Signature) => {
                let right = self.it.right();
                right.is_some_and(|right| right.canonical_request_text.as_bstr() == service)
            }
            _ => false,
        }
    }
}
