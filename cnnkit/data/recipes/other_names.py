"""What other tools call the settings of features, for hints: the name here, then theirs."""

from __future__ import annotations

_OTHER_NAMES = """
frame_length win_length winlen win_len window_length window_size win_size frame_size
hop_length winstep win_step hop hop_size frame_step window_step stride step
n_mfcc numcep num_ceps n_ceps num_cep num_mfcc num_mfccs n_mfccs nceps n_coefficients
n_mels nfilt n_filter n_filters n_filts num_filters num_mel_bins nmels num_mels n_bands
n_fft nfft fft fft_size fft_length
taper window winfunc window_type window_fn
preemphasis preemph pre_emphasis preemphasis_coefficient
fmin f_min lowfreq low_freq
fmax f_max highfreq high_freq
lifter ceplifter cepstral_lifter
energy appendenergy append_energy use_energy
log_range top_db
log_ref ref
log_floor amin
remove_mean remove_dc_offset
length max_length max_len n_frames num_frames
"""
OTHER_NAMES = {other: names.split()[0] for names in _OTHER_NAMES.splitlines() for other in names.split()[1:]}
