"""The cards of the handbook. Letters are those of the notation page; what a line says is run by `check`."""

from dataclasses import replace

from scripts.cards.card import Card, Pass

SIZE = "o = (i + 2*p - d*(k - 1) - 1) // s + 1"
FIELD, JUMP = "r_out = r_in + d*(k - 1)*j", "j_out = s*j"
WINDOW = "stride=s, padding=p, dilation=d"
OUTPUT = "(N, C_out, o_H, o_W)"
VIDEO, VIDEO_OUTPUT = "(N, C_in, i_D, i_H, i_W)", "(N, C_out, o_D, o_H, o_W)"

CONV = Card(
    title="Convolution (2-D)",
    axes=2,
    computes="y[n, o, i, j] = b[o] + sum(w[o, c, u, v]*x[n, c, s*i + d*u - p, s*j + d*v - p]"
    " for c in range(C_in) for u in range(k_H) for v in range(k_W))",
    input="(N, C_in, i_H, i_W)",
    weights={"w": "(C_out, C_in, k_H, k_W)"},
    output=OUTPUT,
    size=SIZE,
    parameters="P = C_in*k_H*k_W*C_out + C_out",
    macs="MACs = N*C_out*o_H*o_W*C_in*k_H*k_W",
    field=FIELD,
    jump=JUMP,
    numpy=f"conv(x, w, b, {WINDOW})",
    torch=f"nn.Conv2d(C_in, C_out, (k_H, k_W), {WINDOW})",
    passes=(Pass("(N, C_in, i_H, i_W)", "(C_out, C_in, k_H, k_W)", WINDOW),),
)

GROUPED = replace(
    CONV,
    title="Grouped convolution",
    computes="y[n, o, i, j] = b[o] + sum(w[o, c, u, v]*x[n, q*C_in/g + c, s*i + d*u - p, s*j + d*v - p]"
    " for c in range(C_in/g) for u in range(k_H) for v in range(k_W))\nq = o*g // C_out",
    weights={"w": "(C_out, C_in/g, k_H, k_W)"},
    parameters="P = (C_in/g)*k_H*k_W*C_out + C_out",
    macs="MACs = N*C_out*o_H*o_W*(C_in/g)*k_H*k_W",
    numpy=f"conv(x, w, b, {WINDOW}, groups=g)",
    torch=f"nn.Conv2d(C_in, C_out, (k_H, k_W), {WINDOW}, groups=g)",
    passes=(Pass("(N, C_in, i_H, i_W)", "(C_out, C_in/g, k_H, k_W)", f"{WINDOW}, groups=g"),),
)

SHUFFLED = replace(
    GROUPED,
    title="Shuffled grouped convolution",
    computes="y[n, o, i, j] = z[n, (o - g*(o // g))*C_out/g + o // g, i, j]\n"
    "z[n, o, i, j] = b[o] + sum(w[o, c, u, v]*x[n, (o*g // C_out)*C_in/g + c, s*i + d*u - p, s*j + d*v - p]"
    " for c in range(C_in/g) for u in range(k_H) for v in range(k_W))",
    numpy=f"channel_shuffle(conv(x, w, b, {WINDOW}, groups=g), g)",
    torch=f"ShuffledGroupedConv(C_in, C_out, (k_H, k_W), {WINDOW}, groups=g)",
    places={"w": "conv.weight"},
    bias="conv.bias",
    spelled="without the shuffle: ",
)

POINTWISE = replace(
    CONV,
    title="1 × 1 convolution",
    computes="y[n, o, i, j] = b[o] + sum(w[o, c, 0, 0]*x[n, c, i, j] for c in range(C_in))",
    weights={"w": "(C_out, C_in, 1, 1)"},
    size="o = i",
    parameters="P = C_in*C_out + C_out",
    macs="MACs = N*C_out*i_H*i_W*C_in",
    field="r_out = r_in",
    jump="j_out = j",
    numpy="conv(x, w, b)",
    torch="nn.Conv2d(C_in, C_out, 1)",
    passes=(Pass("(N, C_in, i_H, i_W)", "(C_out, C_in, 1, 1)"),),
    kernel=("1", "1"),
)

POINTWISE_GROUPED = replace(
    POINTWISE,
    title="Pointwise grouped convolution",
    computes="y[n, o, i, j] = b[o] + sum(w[o, c, 0, 0]*x[n, q*C_in/g + c, i, j] for c in range(C_in/g))\n"
    "q = o*g // C_out",
    weights={"w": "(C_out, C_in/g, 1, 1)"},
    parameters="P = C_in*C_out/g + C_out",
    macs="MACs = N*C_out*i_H*i_W*C_in/g",
    numpy="pointwise_grouped_conv(x, w, b, groups=g)",
    torch="nn.Conv2d(C_in, C_out, 1, groups=g)",
    passes=(Pass("(N, C_in, i_H, i_W)", "(C_out, C_in/g, 1, 1)", "groups=g"),),
)

CONV1D = replace(
    CONV,
    title="Convolution (1-D)",
    axes=1,
    computes="y[n, o, i] = b[o] + sum(w[o, c, u]*x[n, c, s*i + d*u - p] for c in range(C_in) for u in range(k))",
    input="(N, C_in, i)",
    weights={"w": "(C_out, C_in, k)"},
    output="(N, C_out, o)",
    parameters="P = C_in*k*C_out + C_out",
    macs="MACs = N*C_out*o*C_in*k",
    torch=f"nn.Conv1d(C_in, C_out, k, {WINDOW})",
    passes=(Pass("(N, C_in, i)", "(C_out, C_in, k)", WINDOW),),
)

CONV3D = replace(
    CONV,
    title="Convolution (3-D)",
    axes=3,
    computes="y[n, o, t, i, j] = b[o] + sum(w[o, c, e, u, v]*x[n, c, s*t + d*e - p, s*i + d*u - p, s*j + d*v - p]"
    " for c in range(C_in) for e in range(k_D) for u in range(k_H) for v in range(k_W))",
    input=VIDEO,
    weights={"w": "(C_out, C_in, k_D, k_H, k_W)"},
    output=VIDEO_OUTPUT,
    parameters="P = C_in*k_D*k_H*k_W*C_out + C_out",
    macs="MACs = N*C_out*o_D*o_H*o_W*C_in*k_D*k_H*k_W",
    torch=f"nn.Conv3d(C_in, C_out, (k_D, k_H, k_W), {WINDOW})",
    passes=(Pass(VIDEO, "(C_out, C_in, k_D, k_H, k_W)", WINDOW),),
)

DILATED = replace(CONV, title="Dilated convolution", example={"s": 1, "p": 2, "d": 2})

TRANSPOSED = replace(
    CONV,
    title="Transposed convolution",
    computes="y[n, o, i, j] = b[o] + sum(w[c, o, u, v]*x[n, c, h, l] for c in range(C_in)"
    " for h in range(i_H) for u in range(k_H) if s*h + d*u - p == i"
    " for l in range(i_W) for v in range(k_W) if s*l + d*v - p == j)",
    weights={"w": "(C_in, C_out, k_H, k_W)"},
    size="o = (i - 1)*s - 2*p + d*(k - 1) + a + 1",
    macs="MACs = N*C_in*i_H*i_W*C_out*k_H*k_W",
    field="r_out = r_in + ((k - 1) // s)*j",
    jump="j_out = j/s",
    numpy="conv_transpose(x, w, b, stride=s, padding=p, output_padding=a, dilation=d)",
    torch="nn.ConvTranspose2d(C_in, C_out, (k_H, k_W), stride=s, padding=p, output_padding=a, dilation=d)",
    passes=(
        Pass(
            "(N, C_in, i_H, i_W)",
            "(C_in, C_out, k_H, k_W)",
            "kind='conv_transpose', stride=s, padding=p, output_padding=a, dilation=d",
        ),
    ),
    example={"a": 1},
    measured_with={"d": 1},
)

DEPTHWISE = replace(
    CONV,
    title="Depthwise convolution",
    computes="y[n, o, i, j] = b[o] + sum(w[o, 0, u, v]*x[n, o // m, s*i + d*u - p, s*j + d*v - p]"
    " for u in range(k_H) for v in range(k_W))",
    weights={"w": "(C_in*m, 1, k_H, k_W)"},
    biases="(C_in*m,)",
    output="(N, C_in*m, o_H, o_W)",
    parameters="P = C_in*m*k_H*k_W + C_in*m",
    macs="MACs = N*C_in*m*o_H*o_W*k_H*k_W",
    numpy=f"depthwise_conv(x, w, b, {WINDOW})",
    torch=f"nn.Conv2d(C_in, C_in*m, (k_H, k_W), {WINDOW}, groups=C_in)",
    passes=(Pass("(N, C_in, i_H, i_W)", "(C_in*m, 1, k_H, k_W)", f"kind='depthwise', {WINDOW}"),),
)

DEPTHWISE_SEPARABLE = replace(
    CONV,
    title="Depthwise separable convolution",
    computes="y[n, o, i, j] = b[o] + sum(B[o, c, 0, 0]*z[n, c, i, j] for c in range(C_in*m))\n"
    "z[n, c, i, j] = sum(A[c, 0, u, v]*x[n, c // m, s*i + d*u - p, s*j + d*v - p]"
    " for u in range(k_H) for v in range(k_W))",
    weights={"A": "(C_in*m, 1, k_H, k_W)", "B": "(C_out, C_in*m, 1, 1)"},
    places={"A": "depthwise.weight", "B": "pointwise.weight"},
    bias="pointwise.bias",
    parameters="P = C_in*m*k_H*k_W + C_in*m*C_out + C_out",
    macs="MACs = N*o_H*o_W*(C_in*m*k_H*k_W + C_in*m*C_out)",
    numpy=f"depthwise_separable_conv(x, A, B, b, {WINDOW})",
    torch=f"DepthwiseSeparableConv(C_in, C_out, (k_H, k_W), {WINDOW}, depth_multiplier=m)",
    passes=(
        Pass(
            "(N, C_in, i_H, i_W)",
            "((C_in*m, 1, k_H, k_W), (C_out, C_in*m, 1, 1))",
            f"kind='separable', {WINDOW}",
        ),
    ),
)

SPATIALLY_SEPARABLE = replace(
    CONV,
    title="Spatially separable convolution",
    computes="y[n, o, i, j] = b[o] + sum(B[o, l, 0, v]*z[n, l, i, s*j + d*v - p] for l in range(M)"
    " for v in range(k_W))\n"
    "z[n, l, i, j] = sum(A[l, c, u, 0]*x[n, c, s*i + d*u - p, j] for c in range(C_in) for u in range(k_H))",
    weights={"A": "(M, C_in, k_H, 1)", "B": "(C_out, M, 1, k_W)"},
    places={"A": "passes.0.weight", "B": "passes.1.weight"},
    bias="passes.1.bias",
    parameters="P = M*C_in*k_H + C_out*M*k_W + C_out",
    macs="MACs = N*o_H*(i_W*M*C_in*k_H + o_W*C_out*M*k_W)",
    numpy="conv(conv(x, A, stride=(s, 1), padding=(p, 0), dilation=(d, 1)), B, b,"
    " stride=(1, s), padding=(0, p), dilation=(1, d))",
    torch=f"SpatiallySeparableConv(C_in, C_out, (k_H, k_W), {WINDOW}, mid_channels=M)",
    passes=(
        Pass(
            "(N, C_in, i_H, i_W)",
            "(M, C_in, k_H, 1)",
            "stride=(s, 1), padding=(p, 0), dilation=(d, 1), bias=False",
        ),
        Pass(
            "(N, M, i_H//s, i_W)",
            "(C_out, M, 1, k_W)",
            "stride=(1, s), padding=(0, p), dilation=(1, d)",
        ),
    ),
    example={"s": 1, "M": 128},
)

SPATIAL_FILTER = replace(
    CONV,
    title="Spatially separable filter, channel by channel",
    computes="y[n, c, i, j] = b[c] + sum(A[c, 0, u, 0]*B[c, 0, 0, v]*x[n, c, s*i + d*u - p, s*j + d*v - p]"
    " for u in range(k_H) for v in range(k_W))",
    weights={"A": "(C_in, 1, k_H, 1)", "B": "(C_in, 1, 1, k_W)"},
    places={"A": "0.weight", "B": "1.weight"},
    bias="1.bias",
    biases="(C_in,)",
    output="(N, C_in, o_H, o_W)",
    parameters="P = C_in*(k_H + k_W) + C_in",
    macs="MACs = N*C_in*o_H*(i_W*k_H + o_W*k_W)",
    numpy="depthwise_conv(depthwise_conv(x, A, stride=(s, 1), padding=(p, 0), dilation=(d, 1)), B, b,"
    " stride=(1, s), padding=(0, p), dilation=(1, d))",
    torch="nn.Sequential(nn.Conv2d(C_in, C_in, (k_H, 1), (s, 1), (p, 0), (d, 1), groups=C_in, bias=False),"
    " nn.Conv2d(C_in, C_in, (1, k_W), (1, s), (0, p), (1, d), groups=C_in))",
    passes=(
        Pass(
            "(N, C_in, i_H, i_W)",
            "(C_in, 1, k_H, 1)",
            "kind='depthwise', stride=(s, 1), padding=(p, 0), dilation=(d, 1), bias=False",
        ),
        Pass(
            "(N, C_in, i_H//s, i_W)",
            "(C_in, 1, 1, k_W)",
            "kind='depthwise', stride=(1, s), padding=(0, p), dilation=(1, d)",
        ),
    ),
    example={"s": 1},
)

SPACE = Pass(VIDEO, "(M, C_in, 1, k_H, k_W)", "stride=(1, s, s), padding=(0, p, p), dilation=(1, d, d), bias=False")
TIME = Pass(
    "(N, M, i_D, i_H//s, i_W//s)",
    "(C_out, M, k_D, 1, 1)",
    "stride=(s, 1, 1), padding=(p, 0, 0), dilation=(d, 1, 1)",
)
CONV2PLUS1D = replace(
    CONV3D,
    title="(2+1)D convolution",
    computes="y[n, o, t, i, j] = b[o] + sum(T[o, l, e, 0, 0]*z[n, l, s*t + d*e - p, i, j]"
    " for l in range(M) for e in range(k_D))\n"
    "z[n, l, t, i, j] = sum(S[l, c, 0, u, v]*x[n, c, t, s*i + d*u - p, s*j + d*v - p]"
    " for c in range(C_in) for u in range(k_H) for v in range(k_W))",
    weights={"S": "(M, C_in, 1, k_H, k_W)", "T": "(C_out, M, k_D, 1, 1)"},
    places={"S": "spatial.weight", "T": "temporal.weight"},
    bias="temporal.bias",
    parameters="P = M*C_in*k_H*k_W + C_out*M*k_D + C_out",
    macs="MACs = N*o_H*o_W*(i_D*M*C_in*k_H*k_W + o_D*C_out*M*k_D)",
    numpy="conv(conv(x, S, stride=(1, s, s), padding=(0, p, p), dilation=(1, d, d)), T, b,"
    " stride=(s, 1, 1), padding=(p, 0, 0), dilation=(d, 1, 1))",
    torch=f"Conv2Plus1d(C_in, C_out, (k_D, k_H, k_W), {WINDOW}, mid_channels=M)",
    passes=(SPACE, TIME),
    example={"s": 1, "M": 230},
)

PSEUDO3D_A = replace(
    CONV2PLUS1D,
    title="Pseudo-3D convolution A, one after the other",
    computes=CONV2PLUS1D.computes.replace("range(M)", "range(C_out)"),
    weights={"S": "(C_out, C_in, 1, k_H, k_W)", "T": "(C_out, C_out, k_D, 1, 1)"},
    parameters="P = C_out*C_in*k_H*k_W + C_out*C_out*k_D + C_out",
    macs="MACs = N*o_H*o_W*(i_D*C_out*C_in*k_H*k_W + o_D*C_out*C_out*k_D)",
    numpy=f"pseudo3d_conv(x, S, T, b, variant='A', {WINDOW})",
    torch=f"Pseudo3d(C_in, C_out, (k_D, k_H, k_W), {WINDOW}, variant='A')",
    passes=(
        replace(SPACE, w="(C_out, C_in, 1, k_H, k_W)"),
        replace(TIME, x=VIDEO.replace("C_in", "C_out"), w="(C_out, C_out, k_D, 1, 1)"),
    ),
    example={"s": 1},
)

SAME_WINDOW = "padding='same', dilation=d"
PSEUDO3D_B = replace(
    PSEUDO3D_A,
    title="Pseudo-3D convolution B, side by side",
    computes="y[n, o, t, i, j] = b[o]"
    " + sum(S[o, c, 0, u, v]*x[n, c, t, i + d*u - d*(k_H - 1)//2, j + d*v - d*(k_W - 1)//2]"
    " for c in range(C_in) for u in range(k_H) for v in range(k_W))"
    " + sum(T[o, c, e, 0, 0]*x[n, c, t + d*e - d*(k_D - 1)//2, i, j] for c in range(C_in) for e in range(k_D))",
    weights={"S": "(C_out, C_in, 1, k_H, k_W)", "T": "(C_out, C_in, k_D, 1, 1)"},
    size="o = i",
    parameters="P = C_out*C_in*(k_H*k_W + k_D) + C_out",
    macs="MACs = N*i_D*i_H*i_W*C_out*C_in*(k_H*k_W + k_D)",
    jump="j_out = j",
    numpy=f"pseudo3d_conv(x, S, T, b, variant='B', {SAME_WINDOW})",
    torch=f"Pseudo3d(C_in, C_out, (k_D, k_H, k_W), {SAME_WINDOW}, variant='B')",
    passes=(
        Pass(VIDEO, "(C_out, C_in, 1, k_H, k_W)", "padding='same', dilation=d, bias=False"),
        Pass(VIDEO, "(C_out, C_in, k_D, 1, 1)", "padding='same', dilation=d"),
    ),
)

PSEUDO3D_C = replace(
    PSEUDO3D_B,
    title="Pseudo-3D convolution C, both",
    computes="y[n, o, t, i, j] = b[o] + z[n, o, t, i, j]"
    " + sum(T[o, l, e, 0, 0]*z[n, l, t + d*e - d*(k_D - 1)//2, i, j] for l in range(C_out) for e in range(k_D))\n"
    "z[n, c, t, i, j] = sum(S[c, l, 0, u, v]*x[n, l, t, i + d*u - d*(k_H - 1)//2, j + d*v - d*(k_W - 1)//2]"
    " for l in range(C_in) for u in range(k_H) for v in range(k_W))",
    weights={"S": "(C_out, C_in, 1, k_H, k_W)", "T": "(C_out, C_out, k_D, 1, 1)"},
    parameters="P = C_out*C_in*k_H*k_W + C_out*C_out*k_D + C_out",
    macs="MACs = N*i_D*i_H*i_W*(C_out*C_in*k_H*k_W + C_out*C_out*k_D)",
    numpy=f"pseudo3d_conv(x, S, T, b, variant='C', {SAME_WINDOW})",
    torch=f"Pseudo3d(C_in, C_out, (k_D, k_H, k_W), {SAME_WINDOW}, variant='C')",
    passes=(
        Pass(VIDEO, "(C_out, C_in, 1, k_H, k_W)", "padding='same', dilation=d, bias=False"),
        Pass(VIDEO.replace("C_in", "C_out"), "(C_out, C_out, k_D, 1, 1)", "padding='same', dilation=d"),
    ),
)

READS = (
    "X[n, c, u, v, i, j] = sum(Λ(h - r)*Λ(l - t)*x[n, c, r, t] for r in range(i_H) for t in range(i_W))\n"
    "Λ(z) = max(1 - abs(z), 0)\n"
    "h = s*i + d*u - p + Δ[n, 2*τ, i, j]\n"
    "l = s*j + d*v - p + Δ[n, 2*τ + 1, i, j]\n"
    "τ = (c*G // C_in)*k_H*k_W + k_W*u + v"
)
DEFORMABLE = replace(
    CONV,
    title="Deformable convolution, version 1",
    computes="y[n, o, i, j] = b[o] + sum(w[o, c, u, v]*X[n, c, u, v, i, j]"
    f" for c in range(C_in) for u in range(k_H) for v in range(k_W))\n{READS}",
    extra={"Δ": ("(N, 2*G*k_H*k_W, o_H, o_W)", 0.0)},
    parameters="P = C_in*k_H*k_W*C_out + C_out + 2*G*k_H*k_W*(C_in*k_H*k_W + 1)",
    macs="MACs = N*o_H*o_W*C_in*k_H*k_W*(C_out + 2*G*k_H*k_W)",
    numpy=f"deform_conv(x, w, Δ, b, {WINDOW})",
    torch=f"DeformConv(C_in, C_out, (k_H, k_W), {WINDOW}, offset_groups=G)",
    passes=(),
    measured_with={"Δ": 0},
)

MODULATED = replace(
    DEFORMABLE,
    title="Deformable convolution, version 2",
    computes="y[n, o, i, j] = b[o] + sum(w[o, c, u, v]*X[n, c, u, v, i, j]"
    f" for c in range(C_in) for u in range(k_H) for v in range(k_W))\n"
    f"{READS.replace('= sum(', '= m[n, τ, i, j]*sum(', 1)}",
    extra={"Δ": ("(N, 2*G*k_H*k_W, o_H, o_W)", 0.0), "m": ("(N, G*k_H*k_W, o_H, o_W)", 0.5)},
    parameters="P = C_in*k_H*k_W*C_out + C_out + 3*G*k_H*k_W*(C_in*k_H*k_W + 1)",
    macs="MACs = N*o_H*o_W*C_in*k_H*k_W*(C_out + 3*G*k_H*k_W)",
    numpy=f"deform_conv(x, w, Δ, b, mask=m, {WINDOW})",
    torch=f"DeformConv(C_in, C_out, (k_H, k_W), {WINDOW}, offset_groups=G, modulated=True)",
)

CARDS = {
    "conv": CONV,
    "conv1d": CONV1D,
    "conv3d": CONV3D,
    "pointwise": POINTWISE,
    "conv_transpose": TRANSPOSED,
    "dilated": DILATED,
    "spatially_separable": SPATIALLY_SEPARABLE,
    "spatially_separable_filter": SPATIAL_FILTER,
    "depthwise": DEPTHWISE,
    "depthwise_separable": DEPTHWISE_SEPARABLE,
    "pseudo3d_a": PSEUDO3D_A,
    "pseudo3d_b": PSEUDO3D_B,
    "pseudo3d_c": PSEUDO3D_C,
    "conv2plus1d": CONV2PLUS1D,
    "grouped": GROUPED,
    "shuffled_grouped": SHUFFLED,
    "pointwise_grouped": POINTWISE_GROUPED,
    "deform_conv": DEFORMABLE,
    "modulated_deform_conv": MODULATED,
}
