"""What a file is that holds no tensors, by its first bytes: downloads go wrong, and people mix files up."""

_STARTS = (
    (
        b"version https://git-lfs",
        "it is a Git LFS pointer, which stands for the file; fetch the file with `git lfs pull`",
    ),
    (b"7767517", "it is ncnn's description of a network; give the file that PyTorch has saved"),
    (b"\x47\x6b\x30\x01", "it is a file of ncnn's weights, which have no names; give the file that PyTorch has saved"),
    (
        b"\0\0\0\0",
        "it begins with zeros, as ncnn's weights do, which have no names; give the file that PyTorch has saved",
    ),
    (b"\x89HDF", "it is an HDF5 file; give the file that PyTorch has saved"),
    (b"\x93NUMPY", "it is a NumPy file; give the file that PyTorch has saved"),
    (b"GGUF", "it is a GGUF file; give the file that PyTorch has saved"),
    (b"\x1f\x8b", "it is a gzip file; unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive; unpack it"),
    (b"Rar!", "it is a RAR archive; unpack it"),
    (b"\x89PNG", "it is a picture"),
    (b"\xff\xd8\xff", "it is a picture"),
    (b"PK\x03\x04", "it is cut off, as a download that was not finished; download it again"),
)
"""First bytes of files that people take for weights. Zip archives that can be read are not looked up."""
_ONNX = b"\x08\x12"
"""First and third byte of an ONNX file; the second is the version of its format."""
HEAD_BYTES = 512


def describe_file(head: bytes) -> str:
    """Return in a sentence what a file is, by its first `HEAD_BYTES` bytes; an empty text where they say nothing."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:1] + head[2:3] == _ONNX:
        return "it is an ONNX file; give the file that PyTorch has saved"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "it is an HTML page, perhaps in place of a download that failed; download the file again"
    if head and all(32 <= byte < 127 or byte in b"\t\r\n" for byte in head):
        return "it is text: not a file of named tensors"
    return ""
