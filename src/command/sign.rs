use bstr::ByteSlice;
use clap::ValueEnum;

use crate::{
    command::{
        World,
        cli::{Outcome, OutputArgs, written},
        request::{Bodies, RequestArgs, sign_error},
    },
    examine::Found,
    report::{self, Detail},
    sign::{Form, Product, Signed, product},
};

/// Signs a request the right way and shows every artifact; sends nothing.
///
/// The request is a capture in any form that can be read, or is built from --service and
/// --operation, or from --url. What a failing capture got wrong is put right, and said.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    request: RequestArgs,
    /// Write the signed request alone, in this form.
    #[arg(
        long = "as",
        value_enum,
        value_name = "FORM",
        conflicts_with = "format"
    )]
    form: Option<ProductForm>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum ProductForm {
    /// The request as it goes over the wire.
    Http,
    /// Its headers, a line each.
    Headers,
    /// A curl command line.
    Curl,
    /// A presigned URL.
    PresignedUrl,
}

pub(super) fn run(args: &Args, world: &mut World) -> Outcome {
    let form = match args.form {
        Some(ProductForm::PresignedUrl) => Form::Query,
        Some(ProductForm::Headers) => Form::Header,
        _ => args.request.form(),
    };
    let prepared = args.request.prepare(Bodies::Read, world)?;
    let signed = prepared.sign(form)?;
    let Some(form) = args.form else {
        let document = report::sign(&prepared.report(&signed, Detail::Artifacts));
        args.output.write(&document, world)?;
        return Ok(Found::Nothing);
    };
    let text = product(&signed, kind(form)).map_err(sign_error)?;
    let document = report::sign(&prepared.report(&signed, Detail::Summary));
    args.output.write_aside(&document, world)?;
    if holds_token(&signed, form) {
        let said = "note: what is on standard output holds the session token";
        written(writeln!(world.stderr, "{said}"))?;
    }
    written(world.stdout.write_all(text.as_bytes()))?;
    Ok(Found::Nothing)
}

fn kind(form: ProductForm) -> Product {
    match form {
        ProductForm::Http => Product::Http,
        ProductForm::Headers => Product::Headers,
        ProductForm::Curl => Product::Curl,
        ProductForm::PresignedUrl => Product::PresignedUrl,
    }
}

fn holds_token(signed: &Signed, form: ProductForm) -> bool {
    let header = signed.request.header("x-amz-security-token").is_some();
    let query = signed.request.target.contains_str("X-Amz-Security-Token=");
    match form {
        ProductForm::PresignedUrl => query,
        ProductForm::Headers => header,
        ProductForm::Http | ProductForm::Curl => header || query,
    }
}
