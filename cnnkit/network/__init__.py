"""The layer language and the shapes of whole networks; standard library only, for importing it must stay nearly free.

What happens to the words of ``cnnkit shape``, in this order, each step knowing only those before it:

- ``notation``: ``word`` finds the words and their places, ``reading`` makes a `Spec` of each, ``expansion`` puts in
  networks, files and repeats, ``branches`` says what each layer takes: in a chain the one before, so that a chain is a
  graph like any other, and all that follows computes and prints both in one way;
- ``layer`` fills in the defaults and computes the shape after one layer, ``joins`` that of joins (``fitting``: what
  makes branches fit), ``stack`` after all of them, in the numbers of ``volume`` and ``receptive_field``;
- ``coverage`` counts what no window meets;
- ``text`` (table, notes, explanation), ``wanted`` (which last layer reaches a size) and ``code`` (programs) read these;
- ``shape`` is the door: one function, and the stack with everything above as its methods.
"""
