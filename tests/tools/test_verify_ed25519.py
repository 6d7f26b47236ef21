"""The Ed25519 of the verifier of one file is that of RFC 8032."""

import importlib.util
import random
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

TOOL = Path(__file__).resolve().parents[2] / "tools" / "verify.py"
# RFC 8032, 7.1: secret key, public key, message, signature.
VECTORS = {
    "test 1": (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "test 2": (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "test 3": (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    "test sha(abc)": (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
}
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    found = importlib.util.spec_from_file_location("verify", TOOL)
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_the_signatures_of_rfc_8032_hold(tool: ModuleType, vector: tuple[str, str, str, str]) -> None:
    secret, public, message, signature = map(bytes.fromhex, vector)
    private = Ed25519PrivateKey.from_private_bytes(secret)
    assert (private.public_key().public_bytes_raw(), private.sign(message)) == (public, signature)
    assert tool.ed25519_verify(public, message, signature)
    assert not tool.ed25519_verify(public, message + b"x", signature)


def test_a_second_spelling_of_a_signature_is_refused(tool: ModuleType) -> None:
    _, public, message, signature = map(bytes.fromhex, VECTORS["test 2"])
    scalar = int.from_bytes(signature[32:], "little")
    assert not tool.ed25519_verify(public, message, signature[:32] + (scalar + ORDER).to_bytes(32, "little"))
    assert not tool.ed25519_verify(public, message, signature[:-1])
    assert not tool.ed25519_verify(public[:-1], message, signature)
    # No point of the curve: y at the prime, no square root, and zero with a sign.
    for wrong in (
        (2**255 - 19).to_bytes(32, "little"),
        (2).to_bytes(32, "little"),
        (1 + (1 << 255)).to_bytes(32, "little"),
    ):
        assert not tool.ed25519_verify(wrong, message, signature)


def test_it_agrees_with_another_library_on_true_and_bent_signatures(tool: ModuleType) -> None:
    chance = random.Random(25519)  # noqa: S311 - a fixed series
    for number in range(60):
        private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        public, message = private.public_key().public_bytes_raw(), chance.randbytes(number)
        signature = private.sign(message)
        assert tool.ed25519_verify(public, message, signature)
        bent = bytearray(signature)
        bent[chance.randrange(64)] ^= 1 << chance.randrange(8)
        with pytest.raises(InvalidSignature):
            Ed25519PublicKey.from_public_bytes(public).verify(bytes(bent), message)
        assert not tool.ed25519_verify(public, message, bytes(bent))
