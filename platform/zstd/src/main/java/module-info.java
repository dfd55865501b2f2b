/**
 * Unpacks zstd frames (RFC 8878), for disk images and kernel images alike.
 *
 * <p>Knows no file and no format around a frame. Enter by {@link
 * dev.skerry.platform.zstd.ZstdDecoder}.
 */
module dev.skerry.platform.zstd {
    exports dev.skerry.platform.zstd;
}
