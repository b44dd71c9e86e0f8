"""Certificates made for a test, and PDF files signed with them, as an officer's program signs them."""

from __future__ import annotations

import datetime
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

_FIRST, _LAST = datetime.datetime(2020, 1, 1), datetime.datetime(2040, 1, 1)  # noqa: DTZ001  # of certificates
DER = serialization.Encoding.DER


@dataclass(frozen=True)
class Holder:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def issue(name: str, by: Holder | None = None) -> Holder:
    """A certificate of a person by an authority, or without one an authority itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(True, True, False, False, False, by is None, by is None, False, False)
    builder = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FIRST)
        .not_valid_after(_LAST)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(usage, critical=True)
    )
    return Holder(builder.sign(by.key if by else key, hashes.SHA256()), key)


def blank_pdf() -> bytes:
    """A PDF file of one empty page."""
    writer, out = PdfFileWriter(), io.BytesIO()
    contents = writer.add_object(generic.StreamObject(stream_data=b""))
    page = PageObject(
        contents=contents, media_box=generic.ArrayObject([generic.NumberObject(n) for n in (0, 0, 99, 99)])
    )
    writer.insert_page(page)
    writer.write(out)
    return out.getvalue()


def sign(pdf: bytes, *holders: Holder, authority: Holder, number: int = 1) -> bytes:
    """The file with a signature of each holder added, one after the other; `number` is that of the first."""
    store = SimpleCertificateStore()
    store.register(asn1_x509.Certificate.load(authority.certificate.public_bytes(DER)))
    for field, holder in enumerate(holders, number):
        plain = holder.key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        signer = signers.SimpleSigner(
            signing_cert=asn1_x509.Certificate.load(holder.certificate.public_bytes(DER)),
            signing_key=keys.PrivateKeyInfo.load(plain),
            cert_registry=store,
        )
        pdf = _signed(pdf, PdfSignatureMetadata(field_name=f"Signature{field}"), signer)
    return pdf


def _signed(pdf: bytes, metadata: PdfSignatureMetadata, signer: signers.SimpleSigner) -> bytes:
    """In a thread: pyHanko opens an event loop, and where a browser runs this thread has one."""
    out = io.BytesIO()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(
            signers.sign_pdf, IncrementalPdfFileWriter(io.BytesIO(pdf)), metadata, signer=signer, output=out
        ).result()
    return out.getvalue()


def changed_after(pdf: bytes) -> bytes:
    """The file with an addition that is no signature."""
    writer, out = IncrementalPdfFileWriter(io.BytesIO(pdf)), io.BytesIO()
    writer.root["/Lang"] = generic.pdf_string("vi")
    writer.update_root()
    writer.write(out)
    return out.getvalue()
