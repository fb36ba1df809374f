"""The words of other tools lead to words of the notation, and to nothing else."""

from cnnkit.network.notation.elsewhere import ABSENT, LAYERS_ELSEWHERE, SETTINGS_ELSEWHERE
from cnnkit.network.notation.spec import FORMS


def test_every_layer_from_elsewhere_is_one_of_ours_under_another_name() -> None:
    assert set(LAYERS_ELSEWHERE.values()) <= set(FORMS)
    assert not set(LAYERS_ELSEWHERE) & set(FORMS)


def test_every_setting_from_elsewhere_is_a_setting_of_some_layer() -> None:
    ours = {key for form in FORMS.values() for key in form.settings}
    assert set(SETTINGS_ELSEWHERE.values()) <= ours | {"size", "count", "bias", ""}


def test_what_is_absent_is_not_there() -> None:
    assert not ABSENT & (set(FORMS) | set(LAYERS_ELSEWHERE))
