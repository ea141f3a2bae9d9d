"""first release

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

from server.core import db


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def _append_only(table: str) -> None:
    """Let the database itself refuse changes; written out, so that it stays as it was released."""
    if op.get_bind().dialect.name == 'sqlite':
        for verb in ('UPDATE', 'DELETE'):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION inventory_append_only() RETURNS trigger AS $$ "
        "BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$ LANGUAGE plpgsql"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION inventory_append_only()"
    )


def upgrade() -> None:
    op.create_table('admin_department',
    sa.Column('code', sa.String(length=12), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('short_name', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('parent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('address', sa.String(length=80), nullable=False),
    sa.Column('phone', sa.String(length=20), nullable=False),
    sa.Column('duty_phone', sa.String(length=20), nullable=False),
    sa.Column('sort', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('path', sa.String(length=400), nullable=False),
    sa.Column('codes', sa.String(length=400), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['parent_id'], ['admin_department.id'], name=op.f('fk_admin_department_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_admin_department')),
    sa.UniqueConstraint('code', name=op.f('uq_admin_department_code'))
    )
    with op.batch_alter_table('admin_department', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_admin_department_parent_id'), ['parent_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_admin_department_path'), ['path'], unique=False)

    op.create_table('admin_login_failure',
    sa.Column('account', sa.String(length=20), nullable=False),
    sa.Column('workstation', sa.LargeBinary(length=32), nullable=False),
    sa.Column('failed_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_admin_login_failure'))
    )
    with op.batch_alter_table('admin_login_failure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_admin_login_failure_account'), ['account'], unique=False)

    op.create_table('admin_role',
    sa.Column('code', sa.String(length=30), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('scope', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('permissions', sa.JSON(), nullable=False),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('mac', sa.LargeBinary(length=32), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_admin_role')),
    sa.UniqueConstraint('code', name=op.f('uq_admin_role_code')),
    sa.UniqueConstraint('name', name=op.f('uq_admin_role_name'))
    )
    op.create_table('admin_session',
    sa.Column('token', sa.LargeBinary(length=32), nullable=False),
    sa.Column('challenge', sa.LargeBinary(length=48), nullable=True),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('workstation', sa.LargeBinary(length=32), nullable=False),
    sa.Column('exporter', sa.LargeBinary(length=32), nullable=True),
    sa.Column('certificate', sa.LargeBinary(), nullable=True),
    sa.Column('address', sa.String(length=80), nullable=False),
    sa.Column('began_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('seen_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('end_reason', sa.String(length=40), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_admin_session')),
    sa.UniqueConstraint('challenge', name=op.f('uq_admin_session_challenge')),
    sa.UniqueConstraint('token', name=op.f('uq_admin_session_token'))
    )
    with op.batch_alter_table('admin_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_admin_session_person_id'), ['person_id'], unique=False)

    op.create_table('audit_checkpoint',
    sa.Column('stream', sa.String(length=40), nullable=False),
    sa.Column('size', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('head', sa.LargeBinary(length=32), nullable=False),
    sa.Column('made_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('previous', sa.LargeBinary(length=32), nullable=False),
    sa.Column('signature', sa.LargeBinary(length=100), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_checkpoint'))
    )
    with op.batch_alter_table('audit_checkpoint', schema=None) as batch_op:
        batch_op.create_index('ix_audit_checkpoint_stream_size', ['stream', 'size'], unique=False)

    op.create_table('audit_row',
    sa.Column('stream', sa.String(length=40), nullable=False),
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('happened_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('staff_no', sa.String(length=20), nullable=False),
    sa.Column('user_name', sa.String(length=40), nullable=False),
    sa.Column('workstation', sa.String(length=80), nullable=False),
    sa.Column('session_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('action', sa.String(length=120), nullable=False),
    sa.Column('label', sa.String(length=80), nullable=False),
    sa.Column('record_kind', sa.String(length=60), nullable=False),
    sa.Column('record_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('result', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('signature_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('mac', sa.LargeBinary(length=32), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_row')),
    sa.UniqueConstraint('stream', 'seq', name=op.f('uq_audit_row_stream_seq'))
    )
    with op.batch_alter_table('audit_row', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_row_action'), ['action'], unique=False)
        batch_op.create_index('ix_audit_row_happened_at_id', ['happened_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_row_record_id'), ['record_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_row_user_id'), ['user_id'], unique=False)

    op.create_table('audit_signature',
    sa.Column('text', sa.LargeBinary(), nullable=False),
    sa.Column('signature', sa.LargeBinary(length=100), nullable=False),
    sa.Column('certificate', sa.LargeBinary(), nullable=False),
    sa.Column('signed_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_signature'))
    )
    op.create_table('audit_stream',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('head', sa.LargeBinary(length=32), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_stream')),
    sa.UniqueConstraint('name', name=op.f('uq_audit_stream_name'))
    )
    op.create_table('core_answered',
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('request_id', sa.String(length=64), nullable=False),
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('answer', sa.LargeBinary(), nullable=False),
    sa.Column('answered_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_core_answered')),
    sa.UniqueConstraint('user_id', 'request_id', name=op.f('uq_core_answered_user_id_request_id'))
    )
    with op.batch_alter_table('core_answered', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_core_answered_answered_at'), ['answered_at'], unique=False)

    op.create_table('core_approval_decision',
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('record_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('round', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('step', sa.String(length=40), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_name', sa.String(length=40), nullable=False),
    sa.Column('principal_name', sa.String(length=40), nullable=False),
    sa.Column('approved', sa.Boolean(), nullable=False),
    sa.Column('final', sa.Boolean(), nullable=False),
    sa.Column('comment', sa.String(length=200), nullable=False),
    sa.Column('decided_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_core_approval_decision'))
    )
    with op.batch_alter_table('core_approval_decision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_core_approval_decision_record_id'), ['record_id'], unique=False)

    op.create_table('core_approval_step',
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('label', sa.String(length=40), nullable=False),
    sa.Column('permission', sa.String(length=80), nullable=False),
    sa.Column('allow_self', sa.Boolean(), nullable=False),
    sa.Column('from_amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('controlled', sa.Boolean(), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_core_approval_step')),
    sa.UniqueConstraint('kind', 'position', name=op.f('uq_core_approval_step_kind_position'))
    )
    op.create_table('core_attachment',
    sa.Column('owner_service', sa.String(length=80), nullable=False),
    sa.Column('owner_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('mime', sa.String(length=20), nullable=False),
    sa.Column('size', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sm3', sa.String(length=64), nullable=False),
    sa.Column('added_by', sa.String(length=40), nullable=False),
    sa.Column('removed_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_core_attachment'))
    )
    with op.batch_alter_table('core_attachment', schema=None) as batch_op:
        batch_op.create_index('ix_core_attachment_owner', ['owner_id', 'owner_service'], unique=False)

    op.create_table('core_counter',
    sa.Column('series', sa.String(length=60), nullable=False),
    sa.Column('last', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_core_counter')),
    sa.UniqueConstraint('series', name=op.f('uq_core_counter_series'))
    )
    op.create_table('core_editor',
    sa.Column('kind', sa.String(length=80), nullable=False),
    sa.Column('record_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('session_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_name', sa.String(length=40), nullable=False),
    sa.Column('since', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('until', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_core_editor')),
    sa.UniqueConstraint('kind', 'record_id', 'session_id', name=op.f('uq_core_editor_kind_record_id_session_id'))
    )
    with op.batch_alter_table('core_editor', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_core_editor_until'), ['until'], unique=False)

    op.create_table('dispatch_acceptance',
    sa.Column('event_code', sa.String(length=18), nullable=False),
    sa.Column('acceptance_no', sa.String(length=2), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('taker', sa.String(length=30), nullable=False),
    sa.Column('call_phone_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('ring_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('started_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('order_sent_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('scene_address_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('wait_address', sa.String(length=200), nullable=False),
    sa.Column('send_place', sa.String(length=200), nullable=False),
    sa.Column('scene_type', sa.String(length=20), nullable=False),
    sa.Column('contact_name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('contact_phone_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('patient_name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('sex', sa.String(length=4), nullable=False),
    sa.Column('age', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('complaint_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('disease_guess', sa.String(length=30), nullable=False),
    sa.Column('severity', sa.String(length=20), nullable=False),
    sa.Column('stretcher', sa.Boolean(), nullable=False),
    sa.Column('patient_count', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('special_needs', sa.String(length=100), nullable=False),
    sa.Column('note', sa.String(length=400), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dispatch_acceptance')),
    sa.UniqueConstraint('event_code', 'acceptance_no', name=op.f('uq_dispatch_acceptance_event_code_acceptance_no'))
    )
    op.create_table('dispatch_event',
    sa.Column('event_code', sa.String(length=18), nullable=False),
    sa.Column('event_name', sa.String(length=100), nullable=False),
    sa.Column('first_call_phone_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('origin', sa.String(length=20), nullable=False),
    sa.Column('event_type', sa.String(length=20), nullable=False),
    sa.Column('accident_type', sa.String(length=20), nullable=False),
    sa.Column('accident_level', sa.String(length=20), nullable=False),
    sa.Column('is_test', sa.Boolean(), nullable=False),
    sa.Column('first_dispatcher', sa.String(length=30), nullable=False),
    sa.Column('first_accept_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('first_dispatch_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('suspended_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('suspend_reason', sa.String(length=40), nullable=False),
    sa.Column('appointed_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('main_event_code', sa.String(length=18), nullable=False),
    sa.Column('longitude', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('latitude', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('datum', sa.String(length=10), nullable=False),
    sa.Column('area', sa.String(length=20), nullable=False),
    sa.Column('seat_no', sa.String(length=10), nullable=False),
    sa.Column('centre_code', sa.String(length=12), nullable=False),
    sa.Column('severity', sa.String(length=20), nullable=False),
    sa.Column('is_dropped', sa.Boolean(), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dispatch_event')),
    sa.UniqueConstraint('event_code', name=op.f('uq_dispatch_event_event_code'))
    )
    with op.batch_alter_table('dispatch_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_dispatch_event_centre_code'), ['centre_code'], unique=False)

    op.create_table('inventory_box_template',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_box_template')),
    sa.UniqueConstraint('name', name=op.f('uq_inventory_box_template_name'))
    )
    op.create_table('inventory_category',
    sa.Column('code', sa.String(length=12), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('parent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('sort', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('expiry_managed', sa.Boolean(), nullable=False),
    sa.Column('chargeable', sa.Boolean(), nullable=False),
    sa.Column('remark', sa.String(length=100), nullable=False),
    sa.Column('trace_required', sa.Boolean(), nullable=False),
    sa.Column('inspected', sa.Boolean(), nullable=False),
    sa.Column('control', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('markup', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('full_name', sa.String(length=200), nullable=False),
    sa.Column('path', sa.String(length=400), nullable=False),
    sa.Column('codes', sa.String(length=400), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['parent_id'], ['inventory_category.id'], name=op.f('fk_inventory_category_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_category')),
    sa.UniqueConstraint('code', name=op.f('uq_inventory_category_code'))
    )
    with op.batch_alter_table('inventory_category', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_category_parent_id'), ['parent_id'], unique=False)

    op.create_table('inventory_posting',
    sa.Column('document', sa.String(length=30), nullable=False),
    sa.Column('document_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('action', sa.String(length=20), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('posted_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('seal', sa.String(length=64), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_posting')),
    sa.UniqueConstraint('document', 'document_id', 'action', 'revision', name=op.f('uq_inventory_posting_document_document_id_action_revision'))
    )
    op.create_table('inventory_self_check',
    sa.Column('ran_on', sa.Date(), nullable=False),
    sa.Column('ran_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('balances', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('moves', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('differing', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('notices', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('report', sa.Text(), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_self_check'))
    )
    with op.batch_alter_table('inventory_self_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_self_check_ran_on'), ['ran_on'], unique=False)

    op.create_table('inventory_supplier',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('credit_code', sa.String(length=18), nullable=False),
    sa.Column('license_no', sa.String(length=40), nullable=False),
    sa.Column('license_until_on', sa.Date(), nullable=True),
    sa.Column('contact', sa.String(length=30), nullable=False),
    sa.Column('phone', sa.String(length=30), nullable=False),
    sa.Column('address', sa.String(length=80), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('codes', sa.String(length=400), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_supplier')),
    sa.UniqueConstraint('code', name=op.f('uq_inventory_supplier_code')),
    sa.UniqueConstraint('name', name=op.f('uq_inventory_supplier_name'))
    )
    op.create_table('admin_person',
    sa.Column('staff_no', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=30), nullable=False),
    sa.Column('kind', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('department_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('phone_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('phone_index', sa.LargeBinary(length=16), nullable=True),
    sa.Column('id_card_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('id_card_index', sa.LargeBinary(length=16), nullable=True),
    sa.Column('certificate_serial', sa.String(length=48), nullable=True),
    sa.Column('certificate', sa.LargeBinary(), nullable=True),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('password_set_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('password_history', sa.String(length=1200), nullable=False),
    sa.Column('must_change_password', sa.Boolean(), nullable=False),
    sa.Column('sex', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('birth_on', sa.Date(), nullable=True),
    sa.Column('post', sa.String(length=30), nullable=False),
    sa.Column('title', sa.String(length=30), nullable=False),
    sa.Column('driving_class', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('driving_expires_on', sa.Date(), nullable=True),
    sa.Column('insurance_code', sa.String(length=20), nullable=False),
    sa.Column('shift_group', sa.String(length=20), nullable=False),
    sa.Column('entered_on', sa.Date(), nullable=True),
    sa.Column('left_on', sa.Date(), nullable=True),
    sa.Column('emergency_contact_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('emergency_phone_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('codes', sa.String(length=400), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['department_id'], ['admin_department.id'], name=op.f('fk_admin_person_department_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_admin_person')),
    sa.UniqueConstraint('certificate_serial', name=op.f('uq_admin_person_certificate_serial')),
    sa.UniqueConstraint('id_card_index', name=op.f('uq_admin_person_id_card_index')),
    sa.UniqueConstraint('phone_index', name=op.f('uq_admin_person_phone_index')),
    sa.UniqueConstraint('staff_no', name=op.f('uq_admin_person_staff_no'))
    )
    with op.batch_alter_table('admin_person', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_admin_person_department_id'), ['department_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_admin_person_due_on'), ['due_on'], unique=False)

    op.create_table('admin_printout',
    sa.Column('printed_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('staff_no', sa.String(length=20), nullable=False),
    sa.Column('user_name', sa.String(length=40), nullable=False),
    sa.Column('department_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('workstation', sa.String(length=80), nullable=False),
    sa.Column('queue', sa.String(length=127), nullable=False),
    sa.Column('document', sa.String(length=40), nullable=False),
    sa.Column('service', sa.String(length=80), nullable=False),
    sa.Column('record_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('template', sa.String(length=60), nullable=False),
    sa.Column('print_no', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('copies', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(length=80), nullable=False),
    sa.Column('job', sa.String(length=140), nullable=False),
    sa.Column('result', sa.String(length=200), nullable=False),
    sa.Column('finished_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['department_id'], ['admin_department.id'], name=op.f('fk_admin_printout_department_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_admin_printout'))
    )
    with op.batch_alter_table('admin_printout', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_admin_printout_department_id'), ['department_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_admin_printout_number'), ['number'], unique=False)
        batch_op.create_index('ix_admin_printout_of', ['record_id', 'service', 'template'], unique=False)
        batch_op.create_index(batch_op.f('ix_admin_printout_printed_at'), ['printed_at'], unique=False)

    op.create_table('dispatch_task',
    sa.Column('task_code', sa.String(length=22), nullable=False),
    sa.Column('event_code', sa.String(length=18), nullable=False),
    sa.Column('acceptance_no', sa.String(length=2), nullable=False),
    sa.Column('event_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('acceptance_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('serial_no', sa.String(length=20), nullable=False),
    sa.Column('user_serial_no', sa.String(length=20), nullable=False),
    sa.Column('dispatcher', sa.String(length=30), nullable=False),
    sa.Column('station_code', sa.String(length=12), nullable=False),
    sa.Column('station_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('vehicle_code', sa.String(length=12), nullable=False),
    sa.Column('plate', sa.String(length=12), nullable=False),
    sa.Column('from_station', sa.Boolean(), nullable=False),
    sa.Column('km_emergency', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('km_driven', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('aborted', sa.Boolean(), nullable=False),
    sa.Column('abort_reason', sa.String(length=40), nullable=False),
    sa.Column('treated_count', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('prev_task_code', sa.String(length=22), nullable=False),
    sa.Column('send_place', sa.String(length=200), nullable=False),
    sa.Column('note', sa.String(length=400), nullable=False),
    sa.Column('patient_name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('assigned_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('received_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('departed_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('arrived_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('at_patient_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('left_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('at_hospital_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('handed_over_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('completed_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['acceptance_id'], ['dispatch_acceptance.id'], name=op.f('fk_dispatch_task_acceptance_id')),
    sa.ForeignKeyConstraint(['event_id'], ['dispatch_event.id'], name=op.f('fk_dispatch_task_event_id')),
    sa.ForeignKeyConstraint(['station_id'], ['admin_department.id'], name=op.f('fk_dispatch_task_station_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dispatch_task')),
    sa.UniqueConstraint('task_code', name=op.f('uq_dispatch_task_task_code'))
    )
    with op.batch_alter_table('dispatch_task', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_dispatch_task_acceptance_id'), ['acceptance_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_dispatch_task_assigned_at'), ['assigned_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_dispatch_task_event_code'), ['event_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_dispatch_task_event_id'), ['event_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_dispatch_task_serial_no'), ['serial_no'], unique=False)
        batch_op.create_index(batch_op.f('ix_dispatch_task_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_dispatch_task_station_id'), ['station_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_dispatch_task_vehicle_code'), ['vehicle_code'], unique=False)

    op.create_table('inventory_item',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('generic_name', sa.String(length=60), nullable=False),
    sa.Column('trade_name', sa.String(length=60), nullable=False),
    sa.Column('spec', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('category_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('dosage_form', sa.String(length=20), nullable=False),
    sa.Column('model_no', sa.String(length=40), nullable=False),
    sa.Column('base_unit', sa.String(length=8), nullable=False),
    sa.Column('manufacturer', sa.String(length=60), nullable=False),
    sa.Column('supplier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('approval_no', sa.String(length=40), nullable=False),
    sa.Column('standard_code', sa.String(length=14), nullable=False),
    sa.Column('nhsa_code', sa.String(length=32), nullable=False),
    sa.Column('nhsa_code5', sa.String(length=32), nullable=False),
    sa.Column('sunshine_code', sa.String(length=32), nullable=False),
    sa.Column('barcode', sa.String(length=40), nullable=False),
    sa.Column('trace_required', sa.Boolean(), nullable=False),
    sa.Column('lot_managed', sa.Boolean(), nullable=False),
    sa.Column('expiry_managed', sa.Boolean(), nullable=False),
    sa.Column('shelf_life_days', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warn_days', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('storage', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('control', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('high_value', sa.Boolean(), nullable=False),
    sa.Column('lasa', sa.Boolean(), nullable=False),
    sa.Column('high_alert', sa.Boolean(), nullable=False),
    sa.Column('chargeable', sa.Boolean(), nullable=False),
    sa.Column('self_pay', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('self_pay_ratio', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('purchase_price', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('retail_price', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('disabled_reason', sa.String(length=80), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('whole_packs', sa.Boolean(), nullable=False),
    sa.Column('consumable_code', sa.String(length=32), nullable=False),
    sa.Column('consumable_sub_code', sa.String(length=32), nullable=False),
    sa.Column('order_quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('abc', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ven', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('codes', sa.String(length=400), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['category_id'], ['inventory_category.id'], name=op.f('fk_inventory_item_category_id')),
    sa.ForeignKeyConstraint(['supplier_id'], ['inventory_supplier.id'], name=op.f('fk_inventory_item_supplier_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_item')),
    sa.UniqueConstraint('code', name=op.f('uq_inventory_item_code'))
    )
    with op.batch_alter_table('inventory_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_item_barcode'), ['barcode'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_item_category_id'), ['category_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_item_name'), ['name'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_item_supplier_id'), ['supplier_id'], unique=False)

    op.create_table('admin_deputy',
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('principal_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('deputy_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(length=100), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ended_reason', sa.String(length=100), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['deputy_id'], ['admin_person.id'], name=op.f('fk_admin_deputy_deputy_id')),
    sa.ForeignKeyConstraint(['principal_id'], ['admin_person.id'], name=op.f('fk_admin_deputy_principal_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_admin_deputy')),
    sa.UniqueConstraint('number', name=op.f('uq_admin_deputy_number'))
    )
    with op.batch_alter_table('admin_deputy', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_admin_deputy_deputy_id'), ['deputy_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_admin_deputy_from_on'), ['from_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_admin_deputy_principal_id'), ['principal_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_admin_deputy_until_on'), ['until_on'], unique=False)

    op.create_table('admin_grant',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('role_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('mac', sa.LargeBinary(length=32), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['admin_person.id'], name=op.f('fk_admin_grant_person_id')),
    sa.ForeignKeyConstraint(['role_id'], ['admin_role.id'], name=op.f('fk_admin_grant_role_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_admin_grant')),
    sa.UniqueConstraint('person_id', 'role_id', name=op.f('uq_admin_grant_person_id_role_id'))
    )
    with op.batch_alter_table('admin_grant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_admin_grant_role_id'), ['role_id'], unique=False)

    op.create_table('admin_licence',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=True),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('issuer', sa.String(length=40), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['admin_person.id'], name=op.f('fk_admin_licence_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_admin_licence'))
    )
    with op.batch_alter_table('admin_licence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_admin_licence_person_id'), ['person_id'], unique=False)

    op.create_table('admin_preference',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('value_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('changed_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['admin_person.id'], name=op.f('fk_admin_preference_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_admin_preference')),
    sa.UniqueConstraint('person_id', 'key', name=op.f('uq_admin_preference_person_id_key'))
    )
    op.create_table('admin_shared_query',
    sa.Column('role_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('service', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('query_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('owner_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['owner_id'], ['admin_person.id'], name=op.f('fk_admin_shared_query_owner_id')),
    sa.ForeignKeyConstraint(['role_id'], ['admin_role.id'], name=op.f('fk_admin_shared_query_role_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_admin_shared_query')),
    sa.UniqueConstraint('role_id', 'service', 'name', name=op.f('uq_admin_shared_query_role_id_service_name'))
    )
    with op.batch_alter_table('admin_shared_query', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_admin_shared_query_owner_id'), ['owner_id'], unique=False)

    op.create_table('dispatch_crew_member',
    sa.Column('task_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('role', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('staff_no', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=30), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['admin_person.id'], name=op.f('fk_dispatch_crew_member_person_id')),
    sa.ForeignKeyConstraint(['task_id'], ['dispatch_task.id'], name=op.f('fk_dispatch_crew_member_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dispatch_crew_member'))
    )
    with op.batch_alter_table('dispatch_crew_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_dispatch_crew_member_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_dispatch_crew_member_task_id'), ['task_id'], unique=False)

    op.create_table('dispatch_press',
    sa.Column('task_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('step', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('value_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('source', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['task_id'], ['dispatch_task.id'], name=op.f('fk_dispatch_press_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dispatch_press'))
    )
    with op.batch_alter_table('dispatch_press', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_dispatch_press_task_id'), ['task_id'], unique=False)

    op.create_table('emr_case_record',
    sa.Column('client_key', sa.String(length=36), nullable=False),
    sa.Column('record_no', sa.String(length=30), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('task_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('patient_order', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('task_code', sa.String(length=30), nullable=False),
    sa.Column('serial_no', sa.String(length=30), nullable=False),
    sa.Column('original_event_type', sa.String(length=20), nullable=False),
    sa.Column('station_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('station_name', sa.String(length=40), nullable=False),
    sa.Column('vehicle_code', sa.String(length=30), nullable=False),
    sa.Column('plate', sa.String(length=30), nullable=False),
    sa.Column('doctor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('doctor_name', sa.String(length=30), nullable=False),
    sa.Column('nurse_name', sa.String(length=30), nullable=False),
    sa.Column('driver_name', sa.String(length=30), nullable=False),
    sa.Column('stretcher_names', sa.String(length=100), nullable=False),
    sa.Column('trainee', sa.String(length=30), nullable=False),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('name_index', sa.LargeBinary(length=16), nullable=True),
    sa.Column('sex', sa.String(length=20), nullable=False),
    sa.Column('age', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('age_unit', sa.String(length=20), nullable=False),
    sa.Column('birth_on', sa.Date(), nullable=True),
    sa.Column('id_type', sa.String(length=20), nullable=False),
    sa.Column('id_no_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('id_no_index', sa.LargeBinary(length=16), nullable=True),
    sa.Column('unidentified', sa.Boolean(), nullable=False),
    sa.Column('call_phone_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('contact_name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('contact_phone_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('area', sa.String(length=20), nullable=False),
    sa.Column('local_address_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('scene_type', sa.String(length=20), nullable=False),
    sa.Column('send_address', sa.String(length=100), nullable=False),
    sa.Column('send_type', sa.String(length=20), nullable=False),
    sa.Column('not_carried', sa.Boolean(), nullable=False),
    sa.Column('not_sent_reason', sa.String(length=20), nullable=False),
    sa.Column('depart_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('arrive_scene_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('leave_scene_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('arrive_dest_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('history_givers', sa.JSON(), nullable=False),
    sa.Column('disease_classes', sa.JSON(), nullable=False),
    sa.Column('disease_class_note', sa.String(length=50), nullable=False),
    sa.Column('chief_complaint_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('present_illness_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('self_help', sa.JSON(), nullable=False),
    sa.Column('self_help_note', sa.String(length=50), nullable=False),
    sa.Column('past_history', sa.JSON(), nullable=False),
    sa.Column('past_history_note_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('allergy', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('allergy_note_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('medication_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('last_known_well_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('from_hospital', sa.String(length=50), nullable=False),
    sa.Column('discharge_diagnosis_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('hospital_treatment_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('symptom_at_pickup_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('other_necessary_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('severity', sa.String(length=20), nullable=False),
    sa.Column('pre_alert', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('pre_alert_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('pre_alert_to', sa.String(length=50), nullable=False),
    sa.Column('death_case', sa.String(length=20), nullable=False),
    sa.Column('death_certificate', sa.Boolean(), nullable=True),
    sa.Column('effect', sa.String(length=20), nullable=False),
    sa.Column('cooperation', sa.String(length=20), nullable=False),
    sa.Column('cooperation_note', sa.String(length=100), nullable=False),
    sa.Column('major_emergency', sa.Boolean(), nullable=False),
    sa.Column('treatment_refused', sa.Boolean(), nullable=False),
    sa.Column('condition_change', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('condition_note_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('empty_reason', sa.String(length=20), nullable=False),
    sa.Column('empty_note', sa.String(length=100), nullable=False),
    sa.Column('remark', sa.String(length=500), nullable=False),
    sa.Column('exam_overall', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('handover_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('receive_unit', sa.String(length=50), nullable=False),
    sa.Column('receive_dept', sa.String(length=50), nullable=False),
    sa.Column('handover_condition_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('handover_diagnosis_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('handover_treatment_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('handover_pulse', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('handover_rr', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('handover_sbp', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('handover_dbp', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('handover_spo2', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('handover_consciousness', sa.String(length=20), nullable=False),
    sa.Column('handover_other_signs_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('receiver_name', sa.String(length=30), nullable=False),
    sa.Column('receiver_signed_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('receiver_signature', sa.LargeBinary(), nullable=True),
    sa.Column('sign_refusal', sa.String(length=100), nullable=False),
    sa.Column('belongings', sa.String(length=200), nullable=False),
    sa.Column('documents', sa.String(length=200), nullable=False),
    sa.Column('wait_from_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('wait_reason', sa.String(length=20), nullable=False),
    sa.Column('begin_fill_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('submitted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('signer_name', sa.String(length=30), nullable=False),
    sa.Column('reviewed_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('reviewer_name', sa.String(length=30), nullable=False),
    sa.Column('archived_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('return_reason', sa.String(length=200), nullable=False),
    sa.Column('pdf_archived_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('issue_note', sa.String(length=200), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['doctor_id'], ['admin_person.id'], name=op.f('fk_emr_case_record_doctor_id')),
    sa.ForeignKeyConstraint(['station_id'], ['admin_department.id'], name=op.f('fk_emr_case_record_station_id')),
    sa.ForeignKeyConstraint(['task_id'], ['dispatch_task.id'], name=op.f('fk_emr_case_record_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emr_case_record')),
    sa.UniqueConstraint('client_key', name=op.f('uq_emr_case_record_client_key')),
    sa.UniqueConstraint('record_no', name=op.f('uq_emr_case_record_record_no')),
    sa.UniqueConstraint('task_id', 'patient_order', name=op.f('uq_emr_case_record_task_id_patient_order'))
    )
    with op.batch_alter_table('emr_case_record', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_emr_case_record_arrive_scene_at'), ['arrive_scene_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_emr_case_record_doctor_id'), ['doctor_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_emr_case_record_id_no_index'), ['id_no_index'], unique=False)
        batch_op.create_index(batch_op.f('ix_emr_case_record_name_index'), ['name_index'], unique=False)
        batch_op.create_index(batch_op.f('ix_emr_case_record_plate'), ['plate'], unique=False)
        batch_op.create_index(batch_op.f('ix_emr_case_record_serial_no'), ['serial_no'], unique=False)
        batch_op.create_index(batch_op.f('ix_emr_case_record_severity'), ['severity'], unique=False)
        batch_op.create_index(batch_op.f('ix_emr_case_record_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_emr_case_record_station_id'), ['station_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_emr_case_record_submitted_at'), ['submitted_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_emr_case_record_task_code'), ['task_code'], unique=False)

    op.create_table('finance_cash_desk',
    sa.Column('cashier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('closed_until_on', sa.Date(), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['cashier_id'], ['admin_person.id'], name=op.f('fk_finance_cash_desk_cashier_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_cash_desk')),
    sa.UniqueConstraint('cashier_id', name=op.f('uq_finance_cash_desk_cashier_id'))
    )
    op.create_table('finance_daily',
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('day_on', sa.Date(), nullable=False),
    sa.Column('cashier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('department_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('charges', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticked', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('due', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reduction', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('received', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('refunded', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('net', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('arrears', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cash_due', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cash_handed', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('difference', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('difference_reason', sa.String(length=80), nullable=False),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('submitted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('checker_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('confirmer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('returned_reason', sa.String(length=80), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['cashier_id'], ['admin_person.id'], name=op.f('fk_finance_daily_cashier_id')),
    sa.ForeignKeyConstraint(['checker_id'], ['admin_person.id'], name=op.f('fk_finance_daily_checker_id')),
    sa.ForeignKeyConstraint(['confirmer_id'], ['admin_person.id'], name=op.f('fk_finance_daily_confirmer_id')),
    sa.ForeignKeyConstraint(['department_id'], ['admin_department.id'], name=op.f('fk_finance_daily_department_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_daily')),
    sa.UniqueConstraint('cashier_id', 'day_on', name=op.f('uq_finance_daily_cashier_id_day_on')),
    sa.UniqueConstraint('number', name=op.f('uq_finance_daily_number'))
    )
    with op.batch_alter_table('finance_daily', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_daily_day_on'), ['day_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_daily_department_id'), ['department_id'], unique=False)

    op.create_table('finance_price_list',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('doc_no', sa.String(length=40), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('maker_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('submitter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('approver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('approved_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_reason', sa.String(length=80), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['approver_id'], ['admin_person.id'], name=op.f('fk_finance_price_list_approver_id')),
    sa.ForeignKeyConstraint(['maker_id'], ['admin_person.id'], name=op.f('fk_finance_price_list_maker_id')),
    sa.ForeignKeyConstraint(['submitter_id'], ['admin_person.id'], name=op.f('fk_finance_price_list_submitter_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_price_list'))
    )
    with op.batch_alter_table('finance_price_list', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_price_list_from_on'), ['from_on'], unique=False)

    op.create_table('finance_segment',
    sa.Column('title', sa.String(length=40), nullable=False),
    sa.Column('bill_code', sa.String(length=12), nullable=False),
    sa.Column('first_no', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('last_no', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('digits', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('holder_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('next_no', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('total', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('used', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('left', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.CheckConstraint('next_no BETWEEN first_no AND last_no + 1', name=op.f('ck_finance_segment_next_within')),
    sa.ForeignKeyConstraint(['holder_id'], ['admin_person.id'], name=op.f('fk_finance_segment_holder_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_segment'))
    )
    with op.batch_alter_table('finance_segment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_segment_bill_code'), ['bill_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_segment_holder_id'), ['holder_id'], unique=False)

    op.create_table('inventory_attestation',
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('record_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('attested_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['admin_person.id'], name=op.f('fk_inventory_attestation_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_attestation')),
    sa.UniqueConstraint('kind', 'record_id', 'person_id', name=op.f('uq_inventory_attestation_kind_record_id_person_id'))
    )
    with op.batch_alter_table('inventory_attestation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_attestation_record_id'), ['record_id'], unique=False)

    op.create_table('inventory_box_template_line',
    sa.Column('template_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('min_life_days', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_box_template_line_item_id')),
    sa.ForeignKeyConstraint(['template_id'], ['inventory_box_template.id'], name=op.f('fk_inventory_box_template_line_template_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_box_template_line')),
    sa.UniqueConstraint('template_id', 'item_id', name=op.f('uq_inventory_box_template_line_template_id_item_id'))
    )
    with op.batch_alter_table('inventory_box_template_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_box_template_line_template_id'), ['template_id'], unique=False)

    op.create_table('inventory_item_unit',
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=8), nullable=False),
    sa.Column('factor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('barcode', sa.String(length=40), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_item_unit_item_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_item_unit'))
    )
    with op.batch_alter_table('inventory_item_unit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_item_unit_item_id'), ['item_id'], unique=False)

    op.create_table('inventory_lot',
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_no', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('produced_on', sa.Date(), nullable=True),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('supplier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('receipt_line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('price', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('retail_price', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('factor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('note', sa.String(length=80), nullable=False),
    sa.Column('decider_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('decided_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['decider_id'], ['admin_person.id'], name=op.f('fk_inventory_lot_decider_id')),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_lot_item_id')),
    sa.ForeignKeyConstraint(['supplier_id'], ['inventory_supplier.id'], name=op.f('fk_inventory_lot_supplier_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_lot'))
    )
    with op.batch_alter_table('inventory_lot', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_lot_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_lot_lot_no'), ['lot_no'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_lot_state'), ['state'], unique=False)

    op.create_table('inventory_period',
    sa.Column('period', sa.String(length=6), nullable=False),
    sa.Column('opening_amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('in_amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('out_amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('closing_amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('moves', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('closer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('closed_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['closer_id'], ['admin_person.id'], name=op.f('fk_inventory_period_closer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_period')),
    sa.UniqueConstraint('period', name=op.f('uq_inventory_period_period'))
    )
    op.create_table('inventory_price_adjustment',
    sa.Column('basis', sa.String(length=80), nullable=False),
    sa.Column('gain', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=True),
    sa.Column('business_on', sa.Date(), nullable=False),
    sa.Column('occurred_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('maker_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('submitter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('approver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('poster_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('submitted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('approved_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('posted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_reason', sa.String(length=80), nullable=False),
    sa.Column('links', sa.String(length=200), nullable=False),
    sa.Column('red', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['approver_id'], ['admin_person.id'], name=op.f('fk_inventory_price_adjustment_approver_id')),
    sa.ForeignKeyConstraint(['maker_id'], ['admin_person.id'], name=op.f('fk_inventory_price_adjustment_maker_id')),
    sa.ForeignKeyConstraint(['poster_id'], ['admin_person.id'], name=op.f('fk_inventory_price_adjustment_poster_id')),
    sa.ForeignKeyConstraint(['submitter_id'], ['admin_person.id'], name=op.f('fk_inventory_price_adjustment_submitter_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_price_adjustment')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_price_adjustment_number'))
    )
    with op.batch_alter_table('inventory_price_adjustment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_price_adjustment_business_on'), ['business_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_price_adjustment_maker_id'), ['maker_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_price_adjustment_occurred_at'), ['occurred_at'], unique=False)

    op.create_table('inventory_role_item',
    sa.Column('role_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('can_request', sa.Boolean(), nullable=False),
    sa.Column('can_hold', sa.Boolean(), nullable=False),
    sa.Column('can_use', sa.Boolean(), nullable=False),
    sa.Column('most', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('least', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('per_request', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('per_month', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('reason', sa.String(length=80), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_role_item_item_id')),
    sa.ForeignKeyConstraint(['role_id'], ['admin_role.id'], name=op.f('fk_inventory_role_item_role_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_role_item'))
    )
    with op.batch_alter_table('inventory_role_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_role_item_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_role_item_role_id'), ['role_id'], unique=False)
        batch_op.create_index('uq_inventory_role_item_bound', ['role_id', 'item_id'], unique=True, sqlite_where=sa.text('state = 1'), postgresql_where=sa.text('state = 1'))

    op.create_table('inventory_warehouse',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('department_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('parent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('owner_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('carrier_no', sa.String(length=20), nullable=False),
    sa.Column('cold', sa.Boolean(), nullable=False),
    sa.Column('cool', sa.Boolean(), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('codes', sa.String(length=400), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['department_id'], ['admin_department.id'], name=op.f('fk_inventory_warehouse_department_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['admin_person.id'], name=op.f('fk_inventory_warehouse_owner_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_warehouse_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_warehouse')),
    sa.UniqueConstraint('code', name=op.f('uq_inventory_warehouse_code'))
    )
    with op.batch_alter_table('inventory_warehouse', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_warehouse_department_id'), ['department_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_warehouse_parent_id'), ['parent_id'], unique=False)
        batch_op.create_index('uq_inventory_warehouse_owner_id', ['owner_id'], unique=True, sqlite_where=sa.text('kind = 6 AND state = 1'), postgresql_where=sa.text('kind = 6 AND state = 1'))

    op.create_table('vehicles_vehicle',
    sa.Column('code', sa.String(length=5), nullable=False),
    sa.Column('plate', sa.String(length=9), nullable=False),
    sa.Column('call_sign', sa.String(length=20), nullable=False),
    sa.Column('vin', sa.String(length=17), nullable=False),
    sa.Column('engine_no', sa.String(length=30), nullable=False),
    sa.Column('asset_no', sa.String(length=30), nullable=False),
    sa.Column('barcode', sa.String(length=40), nullable=False),
    sa.Column('brand', sa.String(length=20), nullable=False),
    sa.Column('model', sa.String(length=40), nullable=False),
    sa.Column('ambulance_class', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('drive', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('emission', sa.String(length=10), nullable=False),
    sa.Column('fuel', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tank_capacity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('battery_capacity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('seats', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('colour', sa.String(length=20), nullable=False),
    sa.Column('curb_weight', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('department_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('driver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('purchased_on', sa.Date(), nullable=True),
    sa.Column('price', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('supplier', sa.String(length=60), nullable=False),
    sa.Column('funding', sa.String(length=40), nullable=False),
    sa.Column('depreciation_years', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('residual', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('licence_no', sa.String(length=20), nullable=False),
    sa.Column('registered_on', sa.Date(), nullable=True),
    sa.Column('inspection_until_on', sa.Date(), nullable=True),
    sa.Column('compulsory_insurer', sa.String(length=40), nullable=False),
    sa.Column('compulsory_policy', sa.String(length=40), nullable=False),
    sa.Column('compulsory_from_on', sa.Date(), nullable=True),
    sa.Column('compulsory_until_on', sa.Date(), nullable=True),
    sa.Column('commercial_insurer', sa.String(length=40), nullable=False),
    sa.Column('commercial_policy', sa.String(length=40), nullable=False),
    sa.Column('commercial_from_on', sa.Date(), nullable=True),
    sa.Column('commercial_until_on', sa.Date(), nullable=True),
    sa.Column('siren_permit_no', sa.String(length=30), nullable=False),
    sa.Column('siren_permit_until_on', sa.Date(), nullable=True),
    sa.Column('extinguisher_until_on', sa.Date(), nullable=True),
    sa.Column('toll_exempt', sa.Boolean(), nullable=False),
    sa.Column('medical_licence', sa.String(length=40), nullable=False),
    sa.Column('opening_odometer', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('opening_on', sa.Date(), nullable=False),
    sa.Column('phone', sa.String(length=20), nullable=False),
    sa.Column('group', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('grade', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sort', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_target', sa.String(length=20), nullable=False),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('scrap_applicant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('codes', sa.String(length=400), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['department_id'], ['admin_department.id'], name=op.f('fk_vehicles_vehicle_department_id')),
    sa.ForeignKeyConstraint(['driver_id'], ['admin_person.id'], name=op.f('fk_vehicles_vehicle_driver_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vehicles_vehicle')),
    sa.UniqueConstraint('code', name=op.f('uq_vehicles_vehicle_code')),
    sa.UniqueConstraint('plate', name=op.f('uq_vehicles_vehicle_plate')),
    sa.UniqueConstraint('vin', name=op.f('uq_vehicles_vehicle_vin'))
    )
    with op.batch_alter_table('vehicles_vehicle', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_vehicles_vehicle_department_id'), ['department_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_vehicles_vehicle_driver_id'), ['driver_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_vehicles_vehicle_due_on'), ['due_on'], unique=False)

    op.create_table('emr_amendment',
    sa.Column('record_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('record_no', sa.String(length=30), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('applicant_name', sa.String(length=30), nullable=False),
    sa.Column('applied_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('decider_name', sa.String(length=30), nullable=False),
    sa.Column('decided_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('refusal', sa.String(length=200), nullable=False),
    sa.Column('from_device', sa.Boolean(), nullable=False),
    sa.Column('sent_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['record_id'], ['emr_case_record.id'], name=op.f('fk_emr_amendment_record_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emr_amendment'))
    )
    with op.batch_alter_table('emr_amendment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_emr_amendment_record_id'), ['record_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_emr_amendment_record_no'), ['record_no'], unique=False)
        batch_op.create_index(batch_op.f('ix_emr_amendment_state'), ['state'], unique=False)

    op.create_table('emr_conflict',
    sa.Column('case_record_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('path', sa.String(length=120), nullable=False),
    sa.Column('label', sa.String(length=120), nullable=False),
    sa.Column('base_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('theirs_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('mine_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('found_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('patch_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['case_record_id'], ['emr_case_record.id'], name=op.f('fk_emr_conflict_case_record_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emr_conflict'))
    )
    with op.batch_alter_table('emr_conflict', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_emr_conflict_case_record_id'), ['case_record_id'], unique=False)

    op.create_table('emr_diagnosis',
    sa.Column('case_record_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('client_key', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('certain', sa.Boolean(), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['case_record_id'], ['emr_case_record.id'], name=op.f('fk_emr_diagnosis_case_record_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emr_diagnosis')),
    sa.UniqueConstraint('case_record_id', 'client_key', name=op.f('uq_emr_diagnosis_case_record_id_client_key'))
    )
    with op.batch_alter_table('emr_diagnosis', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_emr_diagnosis_case_record_id'), ['case_record_id'], unique=False)

    op.create_table('emr_exam_item',
    sa.Column('case_record_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('client_key', sa.String(length=36), nullable=False),
    sa.Column('item', sa.String(length=20), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('findings', sa.JSON(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('not_done_reason', sa.String(length=20), nullable=False),
    sa.Column('left', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('right', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('bulk_set', sa.Boolean(), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['case_record_id'], ['emr_case_record.id'], name=op.f('fk_emr_exam_item_case_record_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emr_exam_item')),
    sa.UniqueConstraint('case_record_id', 'client_key', name=op.f('uq_emr_exam_item_case_record_id_client_key'))
    )
    with op.batch_alter_table('emr_exam_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_emr_exam_item_case_record_id'), ['case_record_id'], unique=False)

    op.create_table('emr_score',
    sa.Column('case_record_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('client_key', sa.String(length=36), nullable=False),
    sa.Column('scale', sa.String(length=20), nullable=False),
    sa.Column('scored_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('period', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('picks', sa.JSON(), nullable=False),
    sa.Column('total', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('band', sa.String(length=30), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['case_record_id'], ['emr_case_record.id'], name=op.f('fk_emr_score_case_record_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emr_score')),
    sa.UniqueConstraint('case_record_id', 'client_key', name=op.f('uq_emr_score_case_record_id_client_key'))
    )
    with op.batch_alter_table('emr_score', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_emr_score_case_record_id'), ['case_record_id'], unique=False)

    op.create_table('emr_signature',
    sa.Column('case_record_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('signature', sa.LargeBinary(), nullable=False),
    sa.Column('signer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('signed_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['case_record_id'], ['emr_case_record.id'], name=op.f('fk_emr_signature_case_record_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emr_signature')),
    sa.UniqueConstraint('case_record_id', 'revision', name=op.f('uq_emr_signature_case_record_id_revision'))
    )
    op.create_table('emr_signed_sheet',
    sa.Column('case_record_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('pdf_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('sm3', sa.LargeBinary(length=32), nullable=False),
    sa.Column('signer_name', sa.String(length=40), nullable=False),
    sa.Column('signed_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('stored_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['case_record_id'], ['emr_case_record.id'], name=op.f('fk_emr_signed_sheet_case_record_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emr_signed_sheet')),
    sa.UniqueConstraint('case_record_id', 'revision', name=op.f('uq_emr_signed_sheet_case_record_id_revision'))
    )
    op.create_table('emr_treatment',
    sa.Column('case_record_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('client_key', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('period', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('done_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('measure', sa.String(length=20), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('item_name', sa.String(length=120), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit', sa.String(length=30), nullable=False),
    sa.Column('dose', sa.String(length=30), nullable=False),
    sa.Column('route', sa.String(length=20), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_no', sa.String(length=40), nullable=False),
    sa.Column('ordered_by', sa.String(length=30), nullable=False),
    sa.Column('done_by', sa.String(length=30), nullable=False),
    sa.Column('checked_by', sa.String(length=30), nullable=False),
    sa.Column('response', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('loss_reason', sa.String(length=20), nullable=False),
    sa.Column('note', sa.String(length=100), nullable=False),
    sa.Column('trace_code', sa.String(length=40), nullable=False),
    sa.Column('residual', sa.String(length=60), nullable=False),
    sa.Column('issued_lots', sa.String(length=200), nullable=False),
    sa.Column('issued_batches', sa.String(length=200), nullable=False),
    sa.Column('issued_codes', sa.String(length=200), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['case_record_id'], ['emr_case_record.id'], name=op.f('fk_emr_treatment_case_record_id')),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_emr_treatment_item_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emr_treatment')),
    sa.UniqueConstraint('case_record_id', 'client_key', name=op.f('uq_emr_treatment_case_record_id_client_key'))
    )
    with op.batch_alter_table('emr_treatment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_emr_treatment_case_record_id'), ['case_record_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_emr_treatment_item_id'), ['item_id'], unique=False)

    op.create_table('emr_vital_set',
    sa.Column('case_record_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('client_key', sa.String(length=36), nullable=False),
    sa.Column('measured_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('period', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('temperature', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('temperature_state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('pulse', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('pulse_state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('heart_rate', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('rr', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('rr_state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sbp', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('dbp', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('bp_state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('spo2', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('spo2_state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('on_oxygen', sa.Boolean(), nullable=False),
    sa.Column('oxygen_flow', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('glucose', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('glucose_state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('pain', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('consciousness', sa.String(length=20), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('from_monitor', sa.Boolean(), nullable=False),
    sa.Column('prior_care', sa.Boolean(), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['case_record_id'], ['emr_case_record.id'], name=op.f('fk_emr_vital_set_case_record_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emr_vital_set')),
    sa.UniqueConstraint('case_record_id', 'client_key', name=op.f('uq_emr_vital_set_case_record_id_client_key'))
    )
    with op.batch_alter_table('emr_vital_set', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_emr_vital_set_case_record_id'), ['case_record_id'], unique=False)

    op.create_table('finance_charge',
    sa.Column('charge_no', sa.String(length=20), nullable=False),
    sa.Column('task_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('slot', sa.String(length=40), nullable=True),
    sa.Column('task_code', sa.String(length=22), nullable=False),
    sa.Column('patient_order', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('charged_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('money_on', sa.Date(), nullable=True),
    sa.Column('service_on', sa.Date(), nullable=False),
    sa.Column('patient_name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('patient_name_index', sa.LargeBinary(length=16), nullable=True),
    sa.Column('sex', sa.String(length=4), nullable=False),
    sa.Column('age', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('origin_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('hospital', sa.String(length=200), nullable=False),
    sa.Column('run_type', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('payer_type', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('station_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('plate', sa.String(length=12), nullable=False),
    sa.Column('driver', sa.String(length=30), nullable=False),
    sa.Column('doctor', sa.String(length=30), nullable=False),
    sa.Column('cashier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('odo_out', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('odo_scene', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('odo_hospital', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('odo_back', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('one_way_km', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('charge_km', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('waiting_minutes', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('edit_reason', sa.String(length=80), nullable=False),
    sa.Column('price_list_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('vehicle_fee', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('waiting_fee', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('emergency_fee', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('drug_fee', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('exam_fee', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('material_fee', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('treatment_fee', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('other_fee', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('due', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reduction', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('payable', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('paid', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('arrears', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('refunded', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('paid_cash', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('paid_wechat', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('paid_alipay', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('paid_pos', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('paid_transfer', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('paid_fund', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('paid_account', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('paid_mutual', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ways', sa.String(length=60), nullable=False),
    sa.Column('invoice_no', sa.String(length=12), nullable=False),
    sa.Column('reduction_kind', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=80), nullable=False),
    sa.Column('notice', sa.String(length=400), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.CheckConstraint('paid + arrears <= payable', name=op.f('ck_finance_charge_not_overpaid')),
    sa.CheckConstraint('payable = due - reduction', name=op.f('ck_finance_charge_payable_is_due_less_reduction')),
    sa.ForeignKeyConstraint(['cashier_id'], ['admin_person.id'], name=op.f('fk_finance_charge_cashier_id')),
    sa.ForeignKeyConstraint(['price_list_id'], ['finance_price_list.id'], name=op.f('fk_finance_charge_price_list_id')),
    sa.ForeignKeyConstraint(['station_id'], ['admin_department.id'], name=op.f('fk_finance_charge_station_id')),
    sa.ForeignKeyConstraint(['task_id'], ['dispatch_task.id'], name=op.f('fk_finance_charge_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_charge')),
    sa.UniqueConstraint('charge_no', name=op.f('uq_finance_charge_charge_no')),
    sa.UniqueConstraint('slot', name=op.f('uq_finance_charge_slot'))
    )
    with op.batch_alter_table('finance_charge', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_charge_cashier_id'), ['cashier_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_charge_charged_at'), ['charged_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_charge_invoice_no'), ['invoice_no'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_charge_money_on'), ['money_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_charge_patient_name_index'), ['patient_name_index'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_charge_service_on'), ['service_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_charge_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_charge_station_id'), ['station_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_charge_task_code'), ['task_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_charge_task_id'), ['task_id'], unique=False)

    op.create_table('finance_daily_correction',
    sa.Column('report_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('before', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('after', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=80), nullable=False),
    sa.Column('requester_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('requested_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('approver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('outcome', sa.String(length=100), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['approver_id'], ['admin_person.id'], name=op.f('fk_finance_daily_correction_approver_id')),
    sa.ForeignKeyConstraint(['report_id'], ['finance_daily.id'], name=op.f('fk_finance_daily_correction_report_id')),
    sa.ForeignKeyConstraint(['requester_id'], ['admin_person.id'], name=op.f('fk_finance_daily_correction_requester_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_daily_correction'))
    )
    with op.batch_alter_table('finance_daily_correction', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_daily_correction_report_id'), ['report_id'], unique=False)

    op.create_table('finance_daily_group',
    sa.Column('report_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('group', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['report_id'], ['finance_daily.id'], name=op.f('fk_finance_daily_group_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_daily_group'))
    )
    with op.batch_alter_table('finance_daily_group', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_daily_group_report_id'), ['report_id'], unique=False)

    op.create_table('finance_daily_method',
    sa.Column('report_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('method', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('count', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('received', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('refunded', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('net', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['report_id'], ['finance_daily.id'], name=op.f('fk_finance_daily_method_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_daily_method'))
    )
    with op.batch_alter_table('finance_daily_method', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_daily_method_report_id'), ['report_id'], unique=False)

    op.create_table('finance_daily_paper',
    sa.Column('report_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('bill_code', sa.String(length=12), nullable=False),
    sa.Column('first_no', sa.String(length=12), nullable=False),
    sa.Column('last_no', sa.String(length=12), nullable=False),
    sa.Column('used', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('voided', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('refunded', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['report_id'], ['finance_daily.id'], name=op.f('fk_finance_daily_paper_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_daily_paper'))
    )
    with op.batch_alter_table('finance_daily_paper', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_daily_paper_report_id'), ['report_id'], unique=False)

    op.create_table('finance_price_item',
    sa.Column('list_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('spec', sa.String(length=40), nullable=False),
    sa.Column('group', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('basis', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit', sa.String(length=10), nullable=False),
    sa.Column('price', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('per', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('step', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('rounding', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('free', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('upto', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('least', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cap', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('automatic', sa.Boolean(), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('measure', sa.String(length=20), nullable=False),
    sa.Column('national_code', sa.String(length=32), nullable=False),
    sa.Column('wuqi_code', sa.String(length=32), nullable=False),
    sa.Column('codes', sa.String(length=400), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_finance_price_item_item_id')),
    sa.ForeignKeyConstraint(['list_id'], ['finance_price_list.id'], name=op.f('fk_finance_price_item_list_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_price_item')),
    sa.UniqueConstraint('list_id', 'code', name=op.f('uq_finance_price_item_list_id_code'))
    )
    with op.batch_alter_table('finance_price_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_price_item_item_id'), ['item_id'], unique=False)

    op.create_table('inventory_balance',
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_no', sa.String(length=40), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reserved', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('count_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('frozen', sa.Boolean(), nullable=False),
    sa.Column('counted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.CheckConstraint('amount >= 0', name=op.f('ck_inventory_balance_amount_not_negative')),
    sa.CheckConstraint('quantity >= 0', name=op.f('ck_inventory_balance_quantity_not_negative')),
    sa.CheckConstraint('reserved >= 0 AND reserved <= quantity', name=op.f('ck_inventory_balance_reserved_within')),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_balance_item_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_balance_lot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_balance')),
    sa.UniqueConstraint('warehouse_id', 'lot_id', name=op.f('uq_inventory_balance_warehouse_id_lot_id'))
    )
    with op.batch_alter_table('inventory_balance', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_balance_count_id'), ['count_id'], unique=False)
        batch_op.create_index('ix_inventory_balance_item', ['warehouse_id', 'item_id', 'expires_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_balance_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_balance_lot_id'), ['lot_id'], unique=False)

    op.create_table('inventory_box',
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('box_no', sa.String(length=20), nullable=False),
    sa.Column('template_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('plate', sa.String(length=12), nullable=False),
    sa.Column('seal_no', sa.String(length=20), nullable=False),
    sa.Column('sealed_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('sealer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('remark', sa.String(length=80), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['sealer_id'], ['admin_person.id'], name=op.f('fk_inventory_box_sealer_id')),
    sa.ForeignKeyConstraint(['template_id'], ['inventory_box_template.id'], name=op.f('fk_inventory_box_template_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_box_warehouse_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_box')),
    sa.UniqueConstraint('box_no', name=op.f('uq_inventory_box_box_no')),
    sa.UniqueConstraint('warehouse_id', name=op.f('uq_inventory_box_warehouse_id'))
    )
    with op.batch_alter_table('inventory_box', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_box_plate'), ['plate'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_box_template_id'), ['template_id'], unique=False)

    op.create_table('inventory_consumption',
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('emr_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('emr_version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('task_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('task_no', sa.String(length=30), nullable=False),
    sa.Column('doctor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('occurred_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('posted_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('missing', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['doctor_id'], ['admin_person.id'], name=op.f('fk_inventory_consumption_doctor_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_consumption_warehouse_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_consumption')),
    sa.UniqueConstraint('emr_id', name=op.f('uq_inventory_consumption_emr_id')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_consumption_number'))
    )
    with op.batch_alter_table('inventory_consumption', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_consumption_doctor_id'), ['doctor_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_consumption_occurred_at'), ['occurred_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_consumption_task_id'), ['task_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_consumption_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('inventory_count',
    sa.Column('number', sa.String(length=30), nullable=True),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('business_on', sa.Date(), nullable=False),
    sa.Column('scope', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('category_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('sample_size', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('with_empty', sa.Boolean(), nullable=False),
    sa.Column('freeze', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('blind', sa.Boolean(), nullable=False),
    sa.Column('uncounted', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tolerance', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tolerance_amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('supervisor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('differing', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('incident_no', sa.String(length=40), nullable=False),
    sa.Column('maker_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('counter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('recounter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('approver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('started_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('posted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_reason', sa.String(length=80), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['approver_id'], ['admin_person.id'], name=op.f('fk_inventory_count_approver_id')),
    sa.ForeignKeyConstraint(['category_id'], ['inventory_category.id'], name=op.f('fk_inventory_count_category_id')),
    sa.ForeignKeyConstraint(['counter_id'], ['admin_person.id'], name=op.f('fk_inventory_count_counter_id')),
    sa.ForeignKeyConstraint(['maker_id'], ['admin_person.id'], name=op.f('fk_inventory_count_maker_id')),
    sa.ForeignKeyConstraint(['recounter_id'], ['admin_person.id'], name=op.f('fk_inventory_count_recounter_id')),
    sa.ForeignKeyConstraint(['supervisor_id'], ['admin_person.id'], name=op.f('fk_inventory_count_supervisor_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_count_warehouse_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_count')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_count_number'))
    )
    with op.batch_alter_table('inventory_count', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_count_business_on'), ['business_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_count_maker_id'), ['maker_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_count_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('inventory_disposal',
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cause', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('method', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('place', sa.String(length=60), nullable=False),
    sa.Column('shut_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('witness_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('second_witness_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('number', sa.String(length=30), nullable=True),
    sa.Column('business_on', sa.Date(), nullable=False),
    sa.Column('occurred_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('maker_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('submitter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('approver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('poster_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('submitted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('approved_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('posted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_reason', sa.String(length=80), nullable=False),
    sa.Column('links', sa.String(length=200), nullable=False),
    sa.Column('red', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['approver_id'], ['admin_person.id'], name=op.f('fk_inventory_disposal_approver_id')),
    sa.ForeignKeyConstraint(['maker_id'], ['admin_person.id'], name=op.f('fk_inventory_disposal_maker_id')),
    sa.ForeignKeyConstraint(['poster_id'], ['admin_person.id'], name=op.f('fk_inventory_disposal_poster_id')),
    sa.ForeignKeyConstraint(['second_witness_id'], ['admin_person.id'], name=op.f('fk_inventory_disposal_second_witness_id')),
    sa.ForeignKeyConstraint(['shut_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_disposal_shut_id')),
    sa.ForeignKeyConstraint(['submitter_id'], ['admin_person.id'], name=op.f('fk_inventory_disposal_submitter_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_disposal_warehouse_id')),
    sa.ForeignKeyConstraint(['witness_id'], ['admin_person.id'], name=op.f('fk_inventory_disposal_witness_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_disposal')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_disposal_number'))
    )
    with op.batch_alter_table('inventory_disposal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_disposal_business_on'), ['business_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_disposal_maker_id'), ['maker_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_disposal_occurred_at'), ['occurred_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_disposal_shut_id'), ['shut_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_disposal_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('inventory_empties_return',
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('business_on', sa.Date(), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('broken', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('task_no', sa.String(length=30), nullable=False),
    sa.Column('remark', sa.String(length=80), nullable=False),
    sa.Column('receiver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('received_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_reason', sa.String(length=80), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_empties_return_item_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_empties_return_lot_id')),
    sa.ForeignKeyConstraint(['person_id'], ['admin_person.id'], name=op.f('fk_inventory_empties_return_person_id')),
    sa.ForeignKeyConstraint(['receiver_id'], ['admin_person.id'], name=op.f('fk_inventory_empties_return_receiver_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_empties_return')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_empties_return_number'))
    )
    with op.batch_alter_table('inventory_empties_return', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_empties_return_business_on'), ['business_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_empties_return_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_empties_return_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_empties_return_receiver_id'), ['receiver_id'], unique=False)

    op.create_table('inventory_expiry_notice',
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_no', sa.String(length=40), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=False),
    sa.Column('band', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('told_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('seen_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('seen_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('note', sa.String(length=80), nullable=False),
    sa.Column('sender_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_expiry_notice_item_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_expiry_notice_lot_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_expiry_notice_warehouse_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_expiry_notice')),
    sa.UniqueConstraint('warehouse_id', 'lot_id', 'band', name=op.f('uq_inventory_expiry_notice_warehouse_id_lot_id_band'))
    )
    with op.batch_alter_table('inventory_expiry_notice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_expiry_notice_expires_on'), ['expires_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_expiry_notice_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_expiry_notice_told_at'), ['told_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_expiry_notice_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('inventory_final_issue',
    sa.Column('kind', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('department_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('unit_name', sa.String(length=60), nullable=False),
    sa.Column('taker', sa.String(length=20), nullable=False),
    sa.Column('purpose', sa.String(length=60), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=True),
    sa.Column('business_on', sa.Date(), nullable=False),
    sa.Column('occurred_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('maker_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('submitter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('approver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('poster_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('submitted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('approved_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('posted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_reason', sa.String(length=80), nullable=False),
    sa.Column('links', sa.String(length=200), nullable=False),
    sa.Column('red', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['approver_id'], ['admin_person.id'], name=op.f('fk_inventory_final_issue_approver_id')),
    sa.ForeignKeyConstraint(['department_id'], ['admin_department.id'], name=op.f('fk_inventory_final_issue_department_id')),
    sa.ForeignKeyConstraint(['maker_id'], ['admin_person.id'], name=op.f('fk_inventory_final_issue_maker_id')),
    sa.ForeignKeyConstraint(['poster_id'], ['admin_person.id'], name=op.f('fk_inventory_final_issue_poster_id')),
    sa.ForeignKeyConstraint(['submitter_id'], ['admin_person.id'], name=op.f('fk_inventory_final_issue_submitter_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_final_issue_warehouse_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_final_issue')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_final_issue_number'))
    )
    with op.batch_alter_table('inventory_final_issue', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_final_issue_business_on'), ['business_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_final_issue_department_id'), ['department_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_final_issue_maker_id'), ['maker_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_final_issue_occurred_at'), ['occurred_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_final_issue_unit_name'), ['unit_name'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_final_issue_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('inventory_issue',
    sa.Column('kind', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('source_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('target_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('receiver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('received_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('requisition_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=True),
    sa.Column('business_on', sa.Date(), nullable=False),
    sa.Column('occurred_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('maker_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('submitter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('approver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('poster_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('submitted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('approved_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('posted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_reason', sa.String(length=80), nullable=False),
    sa.Column('links', sa.String(length=200), nullable=False),
    sa.Column('red', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['approver_id'], ['admin_person.id'], name=op.f('fk_inventory_issue_approver_id')),
    sa.ForeignKeyConstraint(['maker_id'], ['admin_person.id'], name=op.f('fk_inventory_issue_maker_id')),
    sa.ForeignKeyConstraint(['poster_id'], ['admin_person.id'], name=op.f('fk_inventory_issue_poster_id')),
    sa.ForeignKeyConstraint(['receiver_id'], ['admin_person.id'], name=op.f('fk_inventory_issue_receiver_id')),
    sa.ForeignKeyConstraint(['source_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_issue_source_id')),
    sa.ForeignKeyConstraint(['submitter_id'], ['admin_person.id'], name=op.f('fk_inventory_issue_submitter_id')),
    sa.ForeignKeyConstraint(['target_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_issue_target_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_issue')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_issue_number'))
    )
    with op.batch_alter_table('inventory_issue', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_issue_business_on'), ['business_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_issue_maker_id'), ['maker_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_issue_occurred_at'), ['occurred_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_issue_requisition_id'), ['requisition_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_issue_source_id'), ['source_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_issue_target_id'), ['target_id'], unique=False)

    op.create_table('inventory_keeper',
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('duty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['admin_person.id'], name=op.f('fk_inventory_keeper_person_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_keeper_warehouse_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_keeper')),
    sa.UniqueConstraint('warehouse_id', 'person_id', 'duty', name=op.f('uq_inventory_keeper_warehouse_id_person_id_duty'))
    )
    with op.batch_alter_table('inventory_keeper', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_keeper_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_keeper_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('inventory_loss',
    sa.Column('personal', sa.Boolean(), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('task_no', sa.String(length=30), nullable=False),
    sa.Column('source_no', sa.String(length=30), nullable=False),
    sa.Column('witness_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=True),
    sa.Column('business_on', sa.Date(), nullable=False),
    sa.Column('occurred_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('maker_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('submitter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('approver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('poster_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('submitted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('approved_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('posted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_reason', sa.String(length=80), nullable=False),
    sa.Column('links', sa.String(length=200), nullable=False),
    sa.Column('red', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['approver_id'], ['admin_person.id'], name=op.f('fk_inventory_loss_approver_id')),
    sa.ForeignKeyConstraint(['maker_id'], ['admin_person.id'], name=op.f('fk_inventory_loss_maker_id')),
    sa.ForeignKeyConstraint(['poster_id'], ['admin_person.id'], name=op.f('fk_inventory_loss_poster_id')),
    sa.ForeignKeyConstraint(['submitter_id'], ['admin_person.id'], name=op.f('fk_inventory_loss_submitter_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_loss_warehouse_id')),
    sa.ForeignKeyConstraint(['witness_id'], ['admin_person.id'], name=op.f('fk_inventory_loss_witness_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_loss')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_loss_number'))
    )
    with op.batch_alter_table('inventory_loss', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_loss_business_on'), ['business_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_loss_maker_id'), ['maker_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_loss_occurred_at'), ['occurred_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_loss_source_no'), ['source_no'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_loss_task_no'), ['task_no'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_loss_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('inventory_move',
    sa.Column('posting_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_no', sa.String(length=40), nullable=False),
    sa.Column('source_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('target_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit', sa.String(length=8), nullable=False),
    sa.Column('unit_quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('factor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('retail_price', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('retail_amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('occurred_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('posted_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('period', sa.String(length=6), nullable=False),
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=80), nullable=False),
    sa.Column('reverses_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('task_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('emr_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('operator_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('second_operator_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.CheckConstraint('amount >= 0', name=op.f('ck_inventory_move_amount_not_negative')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_inventory_move_quantity_positive')),
    sa.CheckConstraint('source_id <> target_id', name=op.f('ck_inventory_move_moves')),
    sa.CheckConstraint('unit_quantity * factor = quantity', name=op.f('ck_inventory_move_unit_exact')),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_move_item_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_move_lot_id')),
    sa.ForeignKeyConstraint(['posting_id'], ['inventory_posting.id'], name=op.f('fk_inventory_move_posting_id')),
    sa.ForeignKeyConstraint(['reverses_id'], ['inventory_move.id'], name=op.f('fk_inventory_move_reverses_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_move'))
    )
    with op.batch_alter_table('inventory_move', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_move_emr_id'), ['emr_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_move_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_move_line_id'), ['line_id'], unique=False)
        batch_op.create_index('ix_inventory_move_lot', ['lot_id', 'code', 'source_id', 'target_id', 'emr_id', 'quantity', 'occurred_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_move_number'), ['number'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_move_occurred_at'), ['occurred_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_move_period'), ['period'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_move_posted_at'), ['posted_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_move_posting_id'), ['posting_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_move_reverses_id'), ['reverses_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_move_source_id'), ['source_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_move_target_id'), ['target_id'], unique=False)

    op.create_table('inventory_period_line',
    sa.Column('period', sa.String(length=6), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_no', sa.String(length=40), nullable=False),
    sa.Column('opening', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('opening_amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('received', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('in_amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('issued', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('out_amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('closing', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('closing_amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_period_line_item_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_period_line_lot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_period_line'))
    )
    with op.batch_alter_table('inventory_period_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_period_line_item_id'), ['item_id'], unique=False)
        batch_op.create_index('ix_inventory_period_line_place', ['period', 'warehouse_id'], unique=False)

    op.create_table('inventory_price_line',
    sa.Column('adjustment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('old_price', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('new_price', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('gain', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['adjustment_id'], ['inventory_price_adjustment.id'], name=op.f('fk_inventory_price_line_adjustment_id')),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_price_line_item_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_price_line'))
    )
    with op.batch_alter_table('inventory_price_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_price_line_adjustment_id'), ['adjustment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_price_line_item_id'), ['item_id'], unique=False)

    op.create_table('inventory_recall',
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('grade', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('origin', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('notice_no', sa.String(length=40), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_nos', sa.String(length=200), nullable=False),
    sa.Column('trace_code', sa.String(length=20), nullable=False),
    sa.Column('udi', sa.String(length=80), nullable=False),
    sa.Column('supplier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('received_from_on', sa.Date(), nullable=True),
    sa.Column('received_until_on', sa.Date(), nullable=True),
    sa.Column('finish_on', sa.Date(), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('quarantine_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('drill', sa.Boolean(), nullable=False),
    sa.Column('started_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('starter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('filed_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('reported_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('ended_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('conclusion', sa.String(length=80), nullable=False),
    sa.Column('log', sa.String(length=1000), nullable=False),
    sa.Column('disposals', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_recall_item_id')),
    sa.ForeignKeyConstraint(['quarantine_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_recall_quarantine_id')),
    sa.ForeignKeyConstraint(['starter_id'], ['admin_person.id'], name=op.f('fk_inventory_recall_starter_id')),
    sa.ForeignKeyConstraint(['supplier_id'], ['inventory_supplier.id'], name=op.f('fk_inventory_recall_supplier_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_recall')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_recall_number'))
    )
    with op.batch_alter_table('inventory_recall', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_recall_item_id'), ['item_id'], unique=False)

    op.create_table('inventory_receipt',
    sa.Column('kind', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('supplier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('invoice_no', sa.String(length=40), nullable=False),
    sa.Column('invoice_on', sa.Date(), nullable=True),
    sa.Column('invoice_amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('delivery_no', sa.String(length=40), nullable=False),
    sa.Column('acceptor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('second_acceptor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('notice', sa.String(length=400), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=True),
    sa.Column('business_on', sa.Date(), nullable=False),
    sa.Column('occurred_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('maker_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('submitter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('approver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('poster_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('submitted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('approved_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('posted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_reason', sa.String(length=80), nullable=False),
    sa.Column('links', sa.String(length=200), nullable=False),
    sa.Column('red', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['acceptor_id'], ['admin_person.id'], name=op.f('fk_inventory_receipt_acceptor_id')),
    sa.ForeignKeyConstraint(['approver_id'], ['admin_person.id'], name=op.f('fk_inventory_receipt_approver_id')),
    sa.ForeignKeyConstraint(['maker_id'], ['admin_person.id'], name=op.f('fk_inventory_receipt_maker_id')),
    sa.ForeignKeyConstraint(['poster_id'], ['admin_person.id'], name=op.f('fk_inventory_receipt_poster_id')),
    sa.ForeignKeyConstraint(['second_acceptor_id'], ['admin_person.id'], name=op.f('fk_inventory_receipt_second_acceptor_id')),
    sa.ForeignKeyConstraint(['submitter_id'], ['admin_person.id'], name=op.f('fk_inventory_receipt_submitter_id')),
    sa.ForeignKeyConstraint(['supplier_id'], ['inventory_supplier.id'], name=op.f('fk_inventory_receipt_supplier_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_receipt_warehouse_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_receipt')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_receipt_number'))
    )
    with op.batch_alter_table('inventory_receipt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_receipt_business_on'), ['business_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_receipt_invoice_no'), ['invoice_no'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_receipt_maker_id'), ['maker_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_receipt_occurred_at'), ['occurred_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_receipt_supplier_id'), ['supplier_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_receipt_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('inventory_requisition',
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('source_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('parent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('level', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('notice', sa.String(length=200), nullable=False),
    sa.Column('requested', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('granted', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('forwarded', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cut', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('issued', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('received', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=True),
    sa.Column('business_on', sa.Date(), nullable=False),
    sa.Column('occurred_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('maker_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('submitter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('approver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('poster_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('submitted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('approved_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('posted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_reason', sa.String(length=80), nullable=False),
    sa.Column('links', sa.String(length=200), nullable=False),
    sa.Column('red', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['approver_id'], ['admin_person.id'], name=op.f('fk_inventory_requisition_approver_id')),
    sa.ForeignKeyConstraint(['maker_id'], ['admin_person.id'], name=op.f('fk_inventory_requisition_maker_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['inventory_requisition.id'], name=op.f('fk_inventory_requisition_parent_id')),
    sa.ForeignKeyConstraint(['poster_id'], ['admin_person.id'], name=op.f('fk_inventory_requisition_poster_id')),
    sa.ForeignKeyConstraint(['source_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_requisition_source_id')),
    sa.ForeignKeyConstraint(['submitter_id'], ['admin_person.id'], name=op.f('fk_inventory_requisition_submitter_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_requisition_warehouse_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_requisition')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_requisition_number'))
    )
    with op.batch_alter_table('inventory_requisition', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_requisition_business_on'), ['business_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_requisition_maker_id'), ['maker_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_requisition_occurred_at'), ['occurred_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_requisition_parent_id'), ['parent_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_requisition_source_id'), ['source_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_requisition_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('inventory_stock_level',
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('least', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reorder', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('most', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('standard', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('place', sa.String(length=20), nullable=False),
    sa.Column('lead_days', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('period_days', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_stock_level_item_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_stock_level_warehouse_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_stock_level')),
    sa.UniqueConstraint('warehouse_id', 'item_id', name=op.f('uq_inventory_stock_level_warehouse_id_item_id'))
    )
    with op.batch_alter_table('inventory_stock_level', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_stock_level_item_id'), ['item_id'], unique=False)

    op.create_table('inventory_trace_code',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_no', sa.String(length=40), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('units', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('left', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_trace_code_item_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_trace_code_lot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_trace_code')),
    sa.UniqueConstraint('code', name=op.f('uq_inventory_trace_code_code'))
    )
    with op.batch_alter_table('inventory_trace_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_trace_code_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_trace_code_lot_id'), ['lot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_trace_code_lot_no'), ['lot_no'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_trace_code_received_on'), ['received_on'], unique=False)

    op.create_table('vehicles_change',
    sa.Column('vehicle_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('field_label', sa.String(length=40), nullable=False),
    sa.Column('before', sa.String(length=200), nullable=False),
    sa.Column('after', sa.String(length=200), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('changed_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('workstation', sa.String(length=80), nullable=False),
    sa.Column('reason', sa.String(length=100), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['vehicle_id'], ['vehicles_vehicle.id'], name=op.f('fk_vehicles_change_vehicle_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vehicles_change'))
    )
    with op.batch_alter_table('vehicles_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_vehicles_change_changed_at'), ['changed_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_vehicles_change_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_vehicles_change_vehicle_id'), ['vehicle_id'], unique=False)

    op.create_table('vehicles_daily',
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('business_on', sa.Date(), nullable=False),
    sa.Column('shift', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('vehicle_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('driver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('second_driver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('doctor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('stretcher_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('station_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('started_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('start_odometer', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('end_odometer', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('kilometres', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('start_fuel', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('end_fuel', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('fuel_litres', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('fuel_amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('trip_count', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('trip_distance', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('other_use', sa.String(length=200), nullable=False),
    sa.Column('disinfected', sa.Boolean(), nullable=False),
    sa.Column('defects', sa.String(length=200), nullable=False),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('explanation', sa.String(length=200), nullable=False),
    sa.Column('notice', sa.String(length=400), nullable=False),
    sa.Column('submitted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('submitter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('confirmer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('confirmed_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_reason', sa.String(length=100), nullable=False),
    sa.Column('corrected', sa.Boolean(), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['doctor_id'], ['admin_person.id'], name=op.f('fk_vehicles_daily_doctor_id')),
    sa.ForeignKeyConstraint(['driver_id'], ['admin_person.id'], name=op.f('fk_vehicles_daily_driver_id')),
    sa.ForeignKeyConstraint(['second_driver_id'], ['admin_person.id'], name=op.f('fk_vehicles_daily_second_driver_id')),
    sa.ForeignKeyConstraint(['station_id'], ['admin_department.id'], name=op.f('fk_vehicles_daily_station_id')),
    sa.ForeignKeyConstraint(['stretcher_id'], ['admin_person.id'], name=op.f('fk_vehicles_daily_stretcher_id')),
    sa.ForeignKeyConstraint(['vehicle_id'], ['vehicles_vehicle.id'], name=op.f('fk_vehicles_daily_vehicle_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vehicles_daily')),
    sa.UniqueConstraint('driver_id', 'vehicle_id', 'business_on', 'shift', name='one_a_shift'),
    sa.UniqueConstraint('number', name=op.f('uq_vehicles_daily_number'))
    )
    with op.batch_alter_table('vehicles_daily', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_vehicles_daily_business_on'), ['business_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_vehicles_daily_driver_id'), ['driver_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_vehicles_daily_station_id'), ['station_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_vehicles_daily_vehicle_id'), ['vehicle_id'], unique=False)

    op.create_table('vehicles_meter',
    sa.Column('vehicle_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reading', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('read_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['vehicle_id'], ['vehicles_vehicle.id'], name=op.f('fk_vehicles_meter_vehicle_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vehicles_meter')),
    sa.UniqueConstraint('vehicle_id', name=op.f('uq_vehicles_meter_vehicle_id'))
    )
    op.create_table('vehicles_reading',
    sa.Column('vehicle_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('read_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('reading', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('source', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('document_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('valid', sa.Boolean(), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['vehicle_id'], ['vehicles_vehicle.id'], name=op.f('fk_vehicles_reading_vehicle_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vehicles_reading'))
    )
    with op.batch_alter_table('vehicles_reading', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_vehicles_reading_document_id'), ['document_id'], unique=False)
        batch_op.create_index('ix_vehicles_reading_vehicle_id_read_at', ['vehicle_id', 'read_at'], unique=False)

    op.create_table('finance_charge_line',
    sa.Column('charge_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('price_item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('unit', sa.String(length=10), nullable=False),
    sa.Column('group', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('price', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('charged', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['charge_id'], ['finance_charge.id'], name=op.f('fk_finance_charge_line_charge_id')),
    sa.ForeignKeyConstraint(['price_item_id'], ['finance_price_item.id'], name=op.f('fk_finance_charge_line_price_item_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_charge_line'))
    )
    with op.batch_alter_table('finance_charge_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_charge_line_charge_id'), ['charge_id'], unique=False)

    op.create_table('finance_daily_line',
    sa.Column('report_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticked', sa.Boolean(), nullable=False),
    sa.Column('charge_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('charge_no', sa.String(length=20), nullable=False),
    sa.Column('task_code', sa.String(length=22), nullable=False),
    sa.Column('run_type', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('hospital', sa.String(length=200), nullable=False),
    sa.Column('charge_km', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('due', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reduction', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('received', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('refunded', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('arrears', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('methods_text', sa.String(length=80), nullable=False),
    sa.Column('invoice_no', sa.String(length=12), nullable=False),
    sa.Column('note', sa.String(length=80), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['charge_id'], ['finance_charge.id'], name=op.f('fk_finance_daily_line_charge_id')),
    sa.ForeignKeyConstraint(['report_id'], ['finance_daily.id'], name=op.f('fk_finance_daily_line_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_daily_line'))
    )
    with op.batch_alter_table('finance_daily_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_daily_line_charge_id'), ['charge_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_daily_line_report_id'), ['report_id'], unique=False)

    op.create_table('finance_invoice',
    sa.Column('number', sa.String(length=12), nullable=False),
    sa.Column('bill_code', sa.String(length=12), nullable=False),
    sa.Column('segment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('charge_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('charge_no', sa.String(length=20), nullable=False),
    sa.Column('task_code', sa.String(length=22), nullable=False),
    sa.Column('payer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('payer_index', sa.LargeBinary(length=16), nullable=True),
    sa.Column('sex', sa.String(length=4), nullable=False),
    sa.Column('payer_type', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('service_on', sa.Date(), nullable=False),
    sa.Column('issued_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('money_on', sa.Date(), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reduction', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cashier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cashier_name', sa.String(length=30), nullable=False),
    sa.Column('copies', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('replaced_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('replaces_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('void_reason', sa.String(length=80), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['cashier_id'], ['admin_person.id'], name=op.f('fk_finance_invoice_cashier_id')),
    sa.ForeignKeyConstraint(['charge_id'], ['finance_charge.id'], name=op.f('fk_finance_invoice_charge_id')),
    sa.ForeignKeyConstraint(['replaced_by_id'], ['finance_invoice.id'], name=op.f('fk_finance_invoice_replaced_by_id')),
    sa.ForeignKeyConstraint(['replaces_id'], ['finance_invoice.id'], name=op.f('fk_finance_invoice_replaces_id')),
    sa.ForeignKeyConstraint(['segment_id'], ['finance_segment.id'], name=op.f('fk_finance_invoice_segment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_invoice')),
    sa.UniqueConstraint('bill_code', 'number', name=op.f('uq_finance_invoice_bill_code_number'))
    )
    with op.batch_alter_table('finance_invoice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_invoice_cashier_id'), ['cashier_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_invoice_charge_id'), ['charge_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_invoice_issued_at'), ['issued_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_invoice_money_on'), ['money_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_invoice_number'), ['number'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_invoice_payer_index'), ['payer_index'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_invoice_segment_id'), ['segment_id'], unique=False)

    op.create_table('finance_payment',
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('charge_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('method', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tendered', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('change', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('trade_no', sa.String(length=40), nullable=False),
    sa.Column('paid_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('money_on', sa.Date(), nullable=False),
    sa.Column('cashier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reversal_of_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('daily_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['cashier_id'], ['admin_person.id'], name=op.f('fk_finance_payment_cashier_id')),
    sa.ForeignKeyConstraint(['charge_id'], ['finance_charge.id'], name=op.f('fk_finance_payment_charge_id')),
    sa.ForeignKeyConstraint(['daily_id'], ['finance_daily.id'], name=op.f('fk_finance_payment_daily_id')),
    sa.ForeignKeyConstraint(['reversal_of_id'], ['finance_payment.id'], name=op.f('fk_finance_payment_reversal_of_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_payment')),
    sa.UniqueConstraint('number', name=op.f('uq_finance_payment_number')),
    sa.UniqueConstraint('reversal_of_id', name=op.f('uq_finance_payment_reversal_of_id'))
    )
    with op.batch_alter_table('finance_payment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_payment_cashier_id'), ['cashier_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_payment_charge_id'), ['charge_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_payment_daily_id'), ['daily_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_payment_money_on'), ['money_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_payment_paid_at'), ['paid_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_payment_trade_no'), ['trade_no'], unique=False)

    op.create_table('finance_refund',
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('charge_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=80), nullable=False),
    sa.Column('requester_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('requested_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('approver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('decided_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('comment', sa.String(length=80), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['approver_id'], ['admin_person.id'], name=op.f('fk_finance_refund_approver_id')),
    sa.ForeignKeyConstraint(['charge_id'], ['finance_charge.id'], name=op.f('fk_finance_refund_charge_id')),
    sa.ForeignKeyConstraint(['requester_id'], ['admin_person.id'], name=op.f('fk_finance_refund_requester_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_refund')),
    sa.UniqueConstraint('number', name=op.f('uq_finance_refund_number'))
    )
    with op.batch_alter_table('finance_refund', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_refund_charge_id'), ['charge_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_refund_requested_at'), ['requested_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_refund_requester_id'), ['requester_id'], unique=False)

    op.create_table('inventory_box_request',
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('request_no', sa.String(length=40), nullable=False),
    sa.Column('sent', sa.LargeBinary(), nullable=False),
    sa.Column('box_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('source_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('plate', sa.String(length=12), nullable=False),
    sa.Column('crew', sa.String(length=80), nullable=False),
    sa.Column('seal_old', sa.String(length=20), nullable=False),
    sa.Column('seal_new', sa.String(length=20), nullable=False),
    sa.Column('requested_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('maker_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('witness_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('approver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('approved_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('poster_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('difference', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('uses', sa.String(length=400), nullable=False),
    sa.Column('returned_reason', sa.String(length=80), nullable=False),
    sa.Column('mode', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('replacement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['approver_id'], ['admin_person.id'], name=op.f('fk_inventory_box_request_approver_id')),
    sa.ForeignKeyConstraint(['box_id'], ['inventory_box.id'], name=op.f('fk_inventory_box_request_box_id')),
    sa.ForeignKeyConstraint(['maker_id'], ['admin_person.id'], name=op.f('fk_inventory_box_request_maker_id')),
    sa.ForeignKeyConstraint(['poster_id'], ['admin_person.id'], name=op.f('fk_inventory_box_request_poster_id')),
    sa.ForeignKeyConstraint(['replacement_id'], ['inventory_box.id'], name=op.f('fk_inventory_box_request_replacement_id')),
    sa.ForeignKeyConstraint(['source_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_box_request_source_id')),
    sa.ForeignKeyConstraint(['witness_id'], ['admin_person.id'], name=op.f('fk_inventory_box_request_witness_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_box_request')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_box_request_number')),
    sa.UniqueConstraint('request_no', name=op.f('uq_inventory_box_request_request_no'))
    )
    with op.batch_alter_table('inventory_box_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_box_request_box_id'), ['box_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_box_request_replacement_id'), ['replacement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_box_request_requested_at'), ['requested_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_box_request_source_id'), ['source_id'], unique=False)

    op.create_table('inventory_consumption_line',
    sa.Column('consumption_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('used_item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('emr_line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lost', sa.Boolean(), nullable=False),
    sa.Column('loss_reason', sa.String(length=20), nullable=False),
    sa.Column('loss_note', sa.String(length=100), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('trace_code', sa.String(length=20), nullable=False),
    sa.Column('occurred_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('issued', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('dismissed', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lots', sa.String(length=200), nullable=False),
    sa.Column('places', sa.String(length=200), nullable=False),
    sa.Column('note', sa.String(length=80), nullable=False),
    sa.Column('waits_for', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('anew', sa.Boolean(), nullable=False),
    sa.Column('proposer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('proposed_from_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('proposed_lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['consumption_id'], ['inventory_consumption.id'], name=op.f('fk_inventory_consumption_line_consumption_id')),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_consumption_line_item_id')),
    sa.ForeignKeyConstraint(['proposer_id'], ['admin_person.id'], name=op.f('fk_inventory_consumption_line_proposer_id')),
    sa.ForeignKeyConstraint(['waits_for'], ['inventory_warehouse.id'], name=op.f('fk_inventory_consumption_line_waits_for')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_consumption_line')),
    sa.UniqueConstraint('consumption_id', 'used_item_id', 'emr_line_id', 'lost', name=op.f('uq_inventory_consumption_line_consumption_id_used_item_id_emr_line_id_lost'))
    )
    with op.batch_alter_table('inventory_consumption_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_consumption_line_item_id'), ['item_id'], unique=False)
        batch_op.create_index('ix_inventory_consumption_line_lost', ['id'], unique=False, sqlite_where=sa.text('lost'), postgresql_where=sa.text('lost'))
        batch_op.create_index('ix_inventory_consumption_line_open', ['id'], unique=False, sqlite_where=sa.text('quantity > issued + dismissed OR waits_for IS NOT NULL'), postgresql_where=sa.text('quantity > issued + dismissed OR waits_for IS NOT NULL'))

    op.create_table('inventory_count_item',
    sa.Column('count_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['count_id'], ['inventory_count.id'], name=op.f('fk_inventory_count_item_count_id')),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_count_item_item_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_count_item'))
    )
    with op.batch_alter_table('inventory_count_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_count_item_count_id'), ['count_id'], unique=False)

    op.create_table('inventory_count_line',
    sa.Column('count_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('book', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('first_counted', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('counted', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('recount', sa.Boolean(), nullable=False),
    sa.Column('counted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('note', sa.String(length=60), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['count_id'], ['inventory_count.id'], name=op.f('fk_inventory_count_line_count_id')),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_count_line_item_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_count_line_lot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_count_line'))
    )
    with op.batch_alter_table('inventory_count_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_count_line_count_id'), ['count_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_count_line_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_count_line_lot_id'), ['lot_id'], unique=False)

    op.create_table('inventory_disposal_line',
    sa.Column('disposal_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('note', sa.String(length=60), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit', sa.String(length=8), nullable=False),
    sa.Column('factor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('base_quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['disposal_id'], ['inventory_disposal.id'], name=op.f('fk_inventory_disposal_line_disposal_id')),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_disposal_line_item_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_disposal_line_lot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_disposal_line'))
    )
    with op.batch_alter_table('inventory_disposal_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_disposal_line_disposal_id'), ['disposal_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_disposal_line_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_disposal_line_lot_id'), ['lot_id'], unique=False)

    op.create_table('inventory_final_issue_line',
    sa.Column('final_issue_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('reason_note', sa.String(length=40), nullable=False),
    sa.Column('trace_codes', sa.String(length=4000), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit', sa.String(length=8), nullable=False),
    sa.Column('factor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('base_quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['final_issue_id'], ['inventory_final_issue.id'], name=op.f('fk_inventory_final_issue_line_final_issue_id')),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_final_issue_line_item_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_final_issue_line_lot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_final_issue_line'))
    )
    with op.batch_alter_table('inventory_final_issue_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_final_issue_line_final_issue_id'), ['final_issue_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_final_issue_line_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_final_issue_line_lot_id'), ['lot_id'], unique=False)

    op.create_table('inventory_issue_line',
    sa.Column('issue_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('refused', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('refused_reason', sa.String(length=40), nullable=False),
    sa.Column('requisition_line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('reason_note', sa.String(length=40), nullable=False),
    sa.Column('trace_codes', sa.String(length=4000), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit', sa.String(length=8), nullable=False),
    sa.Column('factor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('base_quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['issue_id'], ['inventory_issue.id'], name=op.f('fk_inventory_issue_line_issue_id')),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_issue_line_item_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_issue_line_lot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_issue_line'))
    )
    with op.batch_alter_table('inventory_issue_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_issue_line_issue_id'), ['issue_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_issue_line_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_issue_line_lot_id'), ['lot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_issue_line_requisition_line_id'), ['requisition_line_id'], unique=False)

    op.create_table('inventory_issue_return',
    sa.Column('issue_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('source_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('note', sa.String(length=60), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=True),
    sa.Column('business_on', sa.Date(), nullable=False),
    sa.Column('occurred_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('maker_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('submitter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('approver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('poster_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('submitted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('approved_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('posted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_reason', sa.String(length=80), nullable=False),
    sa.Column('links', sa.String(length=200), nullable=False),
    sa.Column('red', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['approver_id'], ['admin_person.id'], name=op.f('fk_inventory_issue_return_approver_id')),
    sa.ForeignKeyConstraint(['issue_id'], ['inventory_issue.id'], name=op.f('fk_inventory_issue_return_issue_id')),
    sa.ForeignKeyConstraint(['maker_id'], ['admin_person.id'], name=op.f('fk_inventory_issue_return_maker_id')),
    sa.ForeignKeyConstraint(['poster_id'], ['admin_person.id'], name=op.f('fk_inventory_issue_return_poster_id')),
    sa.ForeignKeyConstraint(['source_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_issue_return_source_id')),
    sa.ForeignKeyConstraint(['submitter_id'], ['admin_person.id'], name=op.f('fk_inventory_issue_return_submitter_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_issue_return_warehouse_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_issue_return')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_issue_return_number'))
    )
    with op.batch_alter_table('inventory_issue_return', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_issue_return_business_on'), ['business_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_issue_return_issue_id'), ['issue_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_issue_return_maker_id'), ['maker_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_issue_return_occurred_at'), ['occurred_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_issue_return_source_id'), ['source_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_issue_return_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('inventory_loss_line',
    sa.Column('loss_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('note', sa.String(length=60), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit', sa.String(length=8), nullable=False),
    sa.Column('factor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('base_quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_loss_line_item_id')),
    sa.ForeignKeyConstraint(['loss_id'], ['inventory_loss.id'], name=op.f('fk_inventory_loss_line_loss_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_loss_line_lot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_loss_line'))
    )
    with op.batch_alter_table('inventory_loss_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_loss_line_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_loss_line_loss_id'), ['loss_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_loss_line_lot_id'), ['lot_id'], unique=False)

    op.create_table('inventory_recall_lot',
    sa.Column('recall_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state_before', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_recall_lot_lot_id')),
    sa.ForeignKeyConstraint(['recall_id'], ['inventory_recall.id'], name=op.f('fk_inventory_recall_lot_recall_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_recall_lot')),
    sa.UniqueConstraint('recall_id', 'lot_id', name=op.f('uq_inventory_recall_lot_recall_id_lot_id'))
    )
    with op.batch_alter_table('inventory_recall_lot', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_recall_lot_lot_id'), ['lot_id'], unique=False)

    op.create_table('inventory_recall_notice',
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('recall_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_no', sa.String(length=40), nullable=False),
    sa.Column('return_no', sa.String(length=38), nullable=False),
    sa.Column('drill', sa.Boolean(), nullable=False),
    sa.Column('book', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('transit', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('found', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('explanation', sa.String(length=60), nullable=False),
    sa.Column('sent_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('acknowledged_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('acknowledger_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('collected_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['acknowledger_id'], ['admin_person.id'], name=op.f('fk_inventory_recall_notice_acknowledger_id')),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_recall_notice_item_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_recall_notice_lot_id')),
    sa.ForeignKeyConstraint(['recall_id'], ['inventory_recall.id'], name=op.f('fk_inventory_recall_notice_recall_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_recall_notice_warehouse_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_recall_notice')),
    sa.UniqueConstraint('recall_id', 'warehouse_id', 'lot_id', name=op.f('uq_inventory_recall_notice_recall_id_warehouse_id_lot_id'))
    )
    with op.batch_alter_table('inventory_recall_notice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_recall_notice_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_recall_notice_lot_id'), ['lot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_recall_notice_number'), ['number'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_recall_notice_sent_at'), ['sent_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_recall_notice_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_recall_notice_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('inventory_recall_patient',
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('recall_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('emr_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('task_no', sa.String(length=30), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_no', sa.String(length=40), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('used_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('doctor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('outcome', sa.String(length=200), nullable=False),
    sa.Column('contacted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('contacter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['contacter_id'], ['admin_person.id'], name=op.f('fk_inventory_recall_patient_contacter_id')),
    sa.ForeignKeyConstraint(['doctor_id'], ['admin_person.id'], name=op.f('fk_inventory_recall_patient_doctor_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_recall_patient_lot_id')),
    sa.ForeignKeyConstraint(['recall_id'], ['inventory_recall.id'], name=op.f('fk_inventory_recall_patient_recall_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_recall_patient')),
    sa.UniqueConstraint('recall_id', 'emr_id', 'lot_id', name=op.f('uq_inventory_recall_patient_recall_id_emr_id_lot_id'))
    )
    with op.batch_alter_table('inventory_recall_patient', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_recall_patient_emr_id'), ['emr_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_recall_patient_number'), ['number'], unique=False)

    op.create_table('inventory_receipt_line',
    sa.Column('receipt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_no', sa.String(length=40), nullable=False),
    sa.Column('produced_on', sa.Date(), nullable=True),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('price', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('retail_price', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('trace_codes', sa.String(length=4000), nullable=False),
    sa.Column('certificate_no', sa.String(length=40), nullable=False),
    sa.Column('appearance', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('import_no', sa.String(length=40), nullable=False),
    sa.Column('conclusion', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit', sa.String(length=8), nullable=False),
    sa.Column('factor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('base_quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_receipt_line_item_id')),
    sa.ForeignKeyConstraint(['receipt_id'], ['inventory_receipt.id'], name=op.f('fk_inventory_receipt_line_receipt_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_receipt_line'))
    )
    with op.batch_alter_table('inventory_receipt_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_receipt_line_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_receipt_line_receipt_id'), ['receipt_id'], unique=False)

    op.create_table('inventory_red',
    sa.Column('kind', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('original_no', sa.String(length=30), nullable=False),
    sa.Column('other_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('taken_from', sa.String(length=40), nullable=False),
    sa.Column('given_to', sa.String(length=40), nullable=False),
    sa.Column('reopened_issue_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('reopened_receipt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('note', sa.String(length=60), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=True),
    sa.Column('business_on', sa.Date(), nullable=False),
    sa.Column('occurred_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('maker_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('submitter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('approver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('poster_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('submitted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('approved_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('posted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_reason', sa.String(length=80), nullable=False),
    sa.Column('links', sa.String(length=200), nullable=False),
    sa.Column('red', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['approver_id'], ['admin_person.id'], name=op.f('fk_inventory_red_approver_id')),
    sa.ForeignKeyConstraint(['maker_id'], ['admin_person.id'], name=op.f('fk_inventory_red_maker_id')),
    sa.ForeignKeyConstraint(['other_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_red_other_id')),
    sa.ForeignKeyConstraint(['poster_id'], ['admin_person.id'], name=op.f('fk_inventory_red_poster_id')),
    sa.ForeignKeyConstraint(['reopened_issue_id'], ['inventory_issue.id'], name=op.f('fk_inventory_red_reopened_issue_id')),
    sa.ForeignKeyConstraint(['reopened_receipt_id'], ['inventory_receipt.id'], name=op.f('fk_inventory_red_reopened_receipt_id')),
    sa.ForeignKeyConstraint(['submitter_id'], ['admin_person.id'], name=op.f('fk_inventory_red_submitter_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_red_warehouse_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_red')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_red_number'))
    )
    with op.batch_alter_table('inventory_red', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_red_business_on'), ['business_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_red_maker_id'), ['maker_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_red_occurred_at'), ['occurred_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_red_original_no'), ['original_no'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_red_other_id'), ['other_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_red_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('inventory_requisition_line',
    sa.Column('requisition_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('parent_line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('on_hand', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('target', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('granted', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('forwarded', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cut', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cut_reason', sa.String(length=40), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit', sa.String(length=8), nullable=False),
    sa.Column('factor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('base_quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_requisition_line_item_id')),
    sa.ForeignKeyConstraint(['parent_line_id'], ['inventory_requisition_line.id'], name=op.f('fk_inventory_requisition_line_parent_line_id')),
    sa.ForeignKeyConstraint(['requisition_id'], ['inventory_requisition.id'], name=op.f('fk_inventory_requisition_line_requisition_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_requisition_line'))
    )
    with op.batch_alter_table('inventory_requisition_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_requisition_line_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_requisition_line_parent_line_id'), ['parent_line_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_requisition_line_requisition_id'), ['requisition_id'], unique=False)

    op.create_table('inventory_supplier_return',
    sa.Column('receipt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('supplier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('red_invoice_no', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('note', sa.String(length=60), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=True),
    sa.Column('business_on', sa.Date(), nullable=False),
    sa.Column('occurred_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('remark', sa.String(length=200), nullable=False),
    sa.Column('maker_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('submitter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('approver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('poster_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('submitted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('approved_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('posted_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_reason', sa.String(length=80), nullable=False),
    sa.Column('links', sa.String(length=200), nullable=False),
    sa.Column('red', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['approver_id'], ['admin_person.id'], name=op.f('fk_inventory_supplier_return_approver_id')),
    sa.ForeignKeyConstraint(['maker_id'], ['admin_person.id'], name=op.f('fk_inventory_supplier_return_maker_id')),
    sa.ForeignKeyConstraint(['poster_id'], ['admin_person.id'], name=op.f('fk_inventory_supplier_return_poster_id')),
    sa.ForeignKeyConstraint(['receipt_id'], ['inventory_receipt.id'], name=op.f('fk_inventory_supplier_return_receipt_id')),
    sa.ForeignKeyConstraint(['submitter_id'], ['admin_person.id'], name=op.f('fk_inventory_supplier_return_submitter_id')),
    sa.ForeignKeyConstraint(['supplier_id'], ['inventory_supplier.id'], name=op.f('fk_inventory_supplier_return_supplier_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_supplier_return_warehouse_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_supplier_return')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_supplier_return_number'))
    )
    with op.batch_alter_table('inventory_supplier_return', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_supplier_return_business_on'), ['business_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_supplier_return_maker_id'), ['maker_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_supplier_return_occurred_at'), ['occurred_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_supplier_return_receipt_id'), ['receipt_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_supplier_return_supplier_id'), ['supplier_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_supplier_return_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('inventory_trace_step',
    sa.Column('code_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('move_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('units', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('scanned', sa.Boolean(), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['code_id'], ['inventory_trace_code.id'], name=op.f('fk_inventory_trace_step_code_id')),
    sa.ForeignKeyConstraint(['move_id'], ['inventory_move.id'], name=op.f('fk_inventory_trace_step_move_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_trace_step'))
    )
    with op.batch_alter_table('inventory_trace_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_trace_step_code_id'), ['code_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_trace_step_move_id'), ['move_id'], unique=False)

    op.create_table('inventory_trace_stock',
    sa.Column('code_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('units', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.CheckConstraint('units >= 0', name=op.f('ck_inventory_trace_stock_units_not_negative')),
    sa.ForeignKeyConstraint(['code_id'], ['inventory_trace_code.id'], name=op.f('fk_inventory_trace_stock_code_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_trace_stock')),
    sa.UniqueConstraint('code_id', 'place', name=op.f('uq_inventory_trace_stock_code_id_place'))
    )
    with op.batch_alter_table('inventory_trace_stock', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_trace_stock_lot_id'), ['lot_id'], unique=False)

    op.create_table('vehicles_daily_check',
    sa.Column('daily_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('before', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('after', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('note', sa.String(length=80), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['daily_id'], ['vehicles_daily.id'], name=op.f('fk_vehicles_daily_check_daily_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vehicles_daily_check'))
    )
    with op.batch_alter_table('vehicles_daily_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_vehicles_daily_check_daily_id'), ['daily_id'], unique=False)

    op.create_table('vehicles_daily_trip',
    sa.Column('daily_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('task_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('serial_no', sa.String(length=20), nullable=False),
    sa.Column('assigned_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('arrived_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('completed_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('distance', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('aborted', sa.Boolean(), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['daily_id'], ['vehicles_daily.id'], name=op.f('fk_vehicles_daily_trip_daily_id')),
    sa.ForeignKeyConstraint(['task_id'], ['dispatch_task.id'], name=op.f('fk_vehicles_daily_trip_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vehicles_daily_trip'))
    )
    with op.batch_alter_table('vehicles_daily_trip', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_vehicles_daily_trip_daily_id'), ['daily_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_vehicles_daily_trip_task_id'), ['task_id'], unique=False)

    op.create_table('vehicles_report_correction',
    sa.Column('daily_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('change', sa.String(length=400), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('start_odometer', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('end_odometer', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('fuel_litres', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('fuel_amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('applicant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('applicant_name', sa.String(length=40), nullable=False),
    sa.Column('applied_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('decision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('decider_name', sa.String(length=40), nullable=False),
    sa.Column('decided_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('comment', sa.String(length=100), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['daily_id'], ['vehicles_daily.id'], name=op.f('fk_vehicles_report_correction_daily_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vehicles_report_correction'))
    )
    with op.batch_alter_table('vehicles_report_correction', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_vehicles_report_correction_daily_id'), ['daily_id'], unique=False)

    op.create_table('finance_invoice_line',
    sa.Column('invoice_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('note', sa.String(length=40), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['invoice_id'], ['finance_invoice.id'], name=op.f('fk_finance_invoice_line_invoice_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_invoice_line'))
    )
    with op.batch_alter_table('finance_invoice_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_invoice_line_invoice_id'), ['invoice_id'], unique=False)

    op.create_table('finance_invoice_part',
    sa.Column('invoice_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('method', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['invoice_id'], ['finance_invoice.id'], name=op.f('fk_finance_invoice_part_invoice_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_invoice_part'))
    )
    with op.batch_alter_table('finance_invoice_part', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_invoice_part_invoice_id'), ['invoice_id'], unique=False)

    op.create_table('finance_reprint',
    sa.Column('invoice_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('invoice_no', sa.String(length=12), nullable=False),
    sa.Column('payer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('way', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('detail', sa.String(length=80), nullable=False),
    sa.Column('requester_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('department_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('requested_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('copies', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('new_no', sa.String(length=12), nullable=False),
    sa.Column('approver_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('comment', sa.String(length=80), nullable=False),
    sa.Column('decided_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('printed_at', db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('state', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['approver_id'], ['admin_person.id'], name=op.f('fk_finance_reprint_approver_id')),
    sa.ForeignKeyConstraint(['department_id'], ['admin_department.id'], name=op.f('fk_finance_reprint_department_id')),
    sa.ForeignKeyConstraint(['invoice_id'], ['finance_invoice.id'], name=op.f('fk_finance_reprint_invoice_id')),
    sa.ForeignKeyConstraint(['requester_id'], ['admin_person.id'], name=op.f('fk_finance_reprint_requester_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_reprint'))
    )
    with op.batch_alter_table('finance_reprint', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_reprint_department_id'), ['department_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_reprint_invoice_id'), ['invoice_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_reprint_invoice_no'), ['invoice_no'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_reprint_requested_at'), ['requested_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_reprint_requester_id'), ['requester_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_finance_reprint_state'), ['state'], unique=False)

    op.create_table('inventory_box_request_line',
    sa.Column('request_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('standard', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('book', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('remaining', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('expired', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('emr_used', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('difference', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('requested', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('approved', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cut_reason', sa.String(length=40), nullable=False),
    sa.Column('loss_reason', sa.String(length=40), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_box_request_line_item_id')),
    sa.ForeignKeyConstraint(['request_id'], ['inventory_box_request.id'], name=op.f('fk_inventory_box_request_line_request_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_box_request_line'))
    )
    with op.batch_alter_table('inventory_box_request_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_box_request_line_request_id'), ['request_id'], unique=False)

    op.create_table('inventory_issue_return_line',
    sa.Column('return_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('move_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('fate', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit', sa.String(length=8), nullable=False),
    sa.Column('factor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('base_quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_issue_return_line_item_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_issue_return_line_lot_id')),
    sa.ForeignKeyConstraint(['move_id'], ['inventory_move.id'], name=op.f('fk_inventory_issue_return_line_move_id')),
    sa.ForeignKeyConstraint(['return_id'], ['inventory_issue_return.id'], name=op.f('fk_inventory_issue_return_line_return_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_issue_return_line'))
    )
    with op.batch_alter_table('inventory_issue_return_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_issue_return_line_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_issue_return_line_lot_id'), ['lot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_issue_return_line_move_id'), ['move_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_issue_return_line_return_id'), ['return_id'], unique=False)

    op.create_table('inventory_red_line',
    sa.Column('red_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('move_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('fate', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit', sa.String(length=8), nullable=False),
    sa.Column('factor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('base_quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_red_line_item_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_red_line_lot_id')),
    sa.ForeignKeyConstraint(['move_id'], ['inventory_move.id'], name=op.f('fk_inventory_red_line_move_id')),
    sa.ForeignKeyConstraint(['red_id'], ['inventory_red.id'], name=op.f('fk_inventory_red_line_red_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_red_line'))
    )
    with op.batch_alter_table('inventory_red_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_red_line_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_red_line_lot_id'), ['lot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_red_line_move_id'), ['move_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_red_line_red_id'), ['red_id'], unique=False)

    op.create_table('inventory_supplier_return_line',
    sa.Column('return_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('move_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('fate', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit', sa.String(length=8), nullable=False),
    sa.Column('factor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('base_quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['inventory_item.id'], name=op.f('fk_inventory_supplier_return_line_item_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['inventory_lot.id'], name=op.f('fk_inventory_supplier_return_line_lot_id')),
    sa.ForeignKeyConstraint(['move_id'], ['inventory_move.id'], name=op.f('fk_inventory_supplier_return_line_move_id')),
    sa.ForeignKeyConstraint(['return_id'], ['inventory_supplier_return.id'], name=op.f('fk_inventory_supplier_return_line_return_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_supplier_return_line'))
    )
    with op.batch_alter_table('inventory_supplier_return_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_supplier_return_line_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_supplier_return_line_lot_id'), ['lot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_supplier_return_line_move_id'), ['move_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_supplier_return_line_return_id'), ['return_id'], unique=False)
    _append_only('inventory_posting')
    _append_only('inventory_move')


def downgrade() -> None:
    with op.batch_alter_table('inventory_supplier_return_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_supplier_return_line_return_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_supplier_return_line_move_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_supplier_return_line_lot_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_supplier_return_line_item_id'))

    op.drop_table('inventory_supplier_return_line')
    with op.batch_alter_table('inventory_red_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_red_line_red_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_red_line_move_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_red_line_lot_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_red_line_item_id'))

    op.drop_table('inventory_red_line')
    with op.batch_alter_table('inventory_issue_return_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_issue_return_line_return_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_issue_return_line_move_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_issue_return_line_lot_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_issue_return_line_item_id'))

    op.drop_table('inventory_issue_return_line')
    with op.batch_alter_table('inventory_box_request_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_box_request_line_request_id'))

    op.drop_table('inventory_box_request_line')
    with op.batch_alter_table('finance_reprint', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_reprint_state'))
        batch_op.drop_index(batch_op.f('ix_finance_reprint_requester_id'))
        batch_op.drop_index(batch_op.f('ix_finance_reprint_requested_at'))
        batch_op.drop_index(batch_op.f('ix_finance_reprint_invoice_no'))
        batch_op.drop_index(batch_op.f('ix_finance_reprint_invoice_id'))
        batch_op.drop_index(batch_op.f('ix_finance_reprint_department_id'))

    op.drop_table('finance_reprint')
    with op.batch_alter_table('finance_invoice_part', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_invoice_part_invoice_id'))

    op.drop_table('finance_invoice_part')
    with op.batch_alter_table('finance_invoice_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_invoice_line_invoice_id'))

    op.drop_table('finance_invoice_line')
    with op.batch_alter_table('vehicles_report_correction', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_vehicles_report_correction_daily_id'))

    op.drop_table('vehicles_report_correction')
    with op.batch_alter_table('vehicles_daily_trip', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_vehicles_daily_trip_task_id'))
        batch_op.drop_index(batch_op.f('ix_vehicles_daily_trip_daily_id'))

    op.drop_table('vehicles_daily_trip')
    with op.batch_alter_table('vehicles_daily_check', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_vehicles_daily_check_daily_id'))

    op.drop_table('vehicles_daily_check')
    with op.batch_alter_table('inventory_trace_stock', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_trace_stock_lot_id'))

    op.drop_table('inventory_trace_stock')
    with op.batch_alter_table('inventory_trace_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_trace_step_move_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_trace_step_code_id'))

    op.drop_table('inventory_trace_step')
    with op.batch_alter_table('inventory_supplier_return', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_supplier_return_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_supplier_return_supplier_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_supplier_return_receipt_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_supplier_return_occurred_at'))
        batch_op.drop_index(batch_op.f('ix_inventory_supplier_return_maker_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_supplier_return_business_on'))

    op.drop_table('inventory_supplier_return')
    with op.batch_alter_table('inventory_requisition_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_requisition_line_requisition_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_requisition_line_parent_line_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_requisition_line_item_id'))

    op.drop_table('inventory_requisition_line')
    with op.batch_alter_table('inventory_red', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_red_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_red_other_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_red_original_no'))
        batch_op.drop_index(batch_op.f('ix_inventory_red_occurred_at'))
        batch_op.drop_index(batch_op.f('ix_inventory_red_maker_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_red_business_on'))

    op.drop_table('inventory_red')
    with op.batch_alter_table('inventory_receipt_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_receipt_line_receipt_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_receipt_line_item_id'))

    op.drop_table('inventory_receipt_line')
    with op.batch_alter_table('inventory_recall_patient', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_recall_patient_number'))
        batch_op.drop_index(batch_op.f('ix_inventory_recall_patient_emr_id'))

    op.drop_table('inventory_recall_patient')
    with op.batch_alter_table('inventory_recall_notice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_recall_notice_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_recall_notice_state'))
        batch_op.drop_index(batch_op.f('ix_inventory_recall_notice_sent_at'))
        batch_op.drop_index(batch_op.f('ix_inventory_recall_notice_number'))
        batch_op.drop_index(batch_op.f('ix_inventory_recall_notice_lot_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_recall_notice_item_id'))

    op.drop_table('inventory_recall_notice')
    with op.batch_alter_table('inventory_recall_lot', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_recall_lot_lot_id'))

    op.drop_table('inventory_recall_lot')
    with op.batch_alter_table('inventory_loss_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_loss_line_lot_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_loss_line_loss_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_loss_line_item_id'))

    op.drop_table('inventory_loss_line')
    with op.batch_alter_table('inventory_issue_return', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_issue_return_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_issue_return_source_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_issue_return_occurred_at'))
        batch_op.drop_index(batch_op.f('ix_inventory_issue_return_maker_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_issue_return_issue_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_issue_return_business_on'))

    op.drop_table('inventory_issue_return')
    with op.batch_alter_table('inventory_issue_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_issue_line_requisition_line_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_issue_line_lot_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_issue_line_item_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_issue_line_issue_id'))

    op.drop_table('inventory_issue_line')
    with op.batch_alter_table('inventory_final_issue_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_final_issue_line_lot_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_final_issue_line_item_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_final_issue_line_final_issue_id'))

    op.drop_table('inventory_final_issue_line')
    with op.batch_alter_table('inventory_disposal_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_disposal_line_lot_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_disposal_line_item_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_disposal_line_disposal_id'))

    op.drop_table('inventory_disposal_line')
    with op.batch_alter_table('inventory_count_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_count_line_lot_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_count_line_item_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_count_line_count_id'))

    op.drop_table('inventory_count_line')
    with op.batch_alter_table('inventory_count_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_count_item_count_id'))

    op.drop_table('inventory_count_item')
    with op.batch_alter_table('inventory_consumption_line', schema=None) as batch_op:
        batch_op.drop_index('ix_inventory_consumption_line_open', sqlite_where=sa.text('quantity > issued + dismissed OR waits_for IS NOT NULL'), postgresql_where=sa.text('quantity > issued + dismissed OR waits_for IS NOT NULL'))
        batch_op.drop_index('ix_inventory_consumption_line_lost', sqlite_where=sa.text('lost'), postgresql_where=sa.text('lost'))
        batch_op.drop_index(batch_op.f('ix_inventory_consumption_line_item_id'))

    op.drop_table('inventory_consumption_line')
    with op.batch_alter_table('inventory_box_request', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_box_request_source_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_box_request_requested_at'))
        batch_op.drop_index(batch_op.f('ix_inventory_box_request_replacement_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_box_request_box_id'))

    op.drop_table('inventory_box_request')
    with op.batch_alter_table('finance_refund', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_refund_requester_id'))
        batch_op.drop_index(batch_op.f('ix_finance_refund_requested_at'))
        batch_op.drop_index(batch_op.f('ix_finance_refund_charge_id'))

    op.drop_table('finance_refund')
    with op.batch_alter_table('finance_payment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_payment_trade_no'))
        batch_op.drop_index(batch_op.f('ix_finance_payment_paid_at'))
        batch_op.drop_index(batch_op.f('ix_finance_payment_money_on'))
        batch_op.drop_index(batch_op.f('ix_finance_payment_daily_id'))
        batch_op.drop_index(batch_op.f('ix_finance_payment_charge_id'))
        batch_op.drop_index(batch_op.f('ix_finance_payment_cashier_id'))

    op.drop_table('finance_payment')
    with op.batch_alter_table('finance_invoice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_invoice_segment_id'))
        batch_op.drop_index(batch_op.f('ix_finance_invoice_payer_index'))
        batch_op.drop_index(batch_op.f('ix_finance_invoice_number'))
        batch_op.drop_index(batch_op.f('ix_finance_invoice_money_on'))
        batch_op.drop_index(batch_op.f('ix_finance_invoice_issued_at'))
        batch_op.drop_index(batch_op.f('ix_finance_invoice_charge_id'))
        batch_op.drop_index(batch_op.f('ix_finance_invoice_cashier_id'))

    op.drop_table('finance_invoice')
    with op.batch_alter_table('finance_daily_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_daily_line_report_id'))
        batch_op.drop_index(batch_op.f('ix_finance_daily_line_charge_id'))

    op.drop_table('finance_daily_line')
    with op.batch_alter_table('finance_charge_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_charge_line_charge_id'))

    op.drop_table('finance_charge_line')
    with op.batch_alter_table('vehicles_reading', schema=None) as batch_op:
        batch_op.drop_index('ix_vehicles_reading_vehicle_id_read_at')
        batch_op.drop_index(batch_op.f('ix_vehicles_reading_document_id'))

    op.drop_table('vehicles_reading')
    op.drop_table('vehicles_meter')
    with op.batch_alter_table('vehicles_daily', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_vehicles_daily_vehicle_id'))
        batch_op.drop_index(batch_op.f('ix_vehicles_daily_station_id'))
        batch_op.drop_index(batch_op.f('ix_vehicles_daily_driver_id'))
        batch_op.drop_index(batch_op.f('ix_vehicles_daily_business_on'))

    op.drop_table('vehicles_daily')
    with op.batch_alter_table('vehicles_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_vehicles_change_vehicle_id'))
        batch_op.drop_index(batch_op.f('ix_vehicles_change_person_id'))
        batch_op.drop_index(batch_op.f('ix_vehicles_change_changed_at'))

    op.drop_table('vehicles_change')
    with op.batch_alter_table('inventory_trace_code', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_trace_code_received_on'))
        batch_op.drop_index(batch_op.f('ix_inventory_trace_code_lot_no'))
        batch_op.drop_index(batch_op.f('ix_inventory_trace_code_lot_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_trace_code_item_id'))

    op.drop_table('inventory_trace_code')
    with op.batch_alter_table('inventory_stock_level', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_stock_level_item_id'))

    op.drop_table('inventory_stock_level')
    with op.batch_alter_table('inventory_requisition', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_requisition_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_requisition_source_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_requisition_parent_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_requisition_occurred_at'))
        batch_op.drop_index(batch_op.f('ix_inventory_requisition_maker_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_requisition_business_on'))

    op.drop_table('inventory_requisition')
    with op.batch_alter_table('inventory_receipt', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_receipt_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_receipt_supplier_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_receipt_occurred_at'))
        batch_op.drop_index(batch_op.f('ix_inventory_receipt_maker_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_receipt_invoice_no'))
        batch_op.drop_index(batch_op.f('ix_inventory_receipt_business_on'))

    op.drop_table('inventory_receipt')
    with op.batch_alter_table('inventory_recall', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_recall_item_id'))

    op.drop_table('inventory_recall')
    with op.batch_alter_table('inventory_price_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_price_line_item_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_price_line_adjustment_id'))

    op.drop_table('inventory_price_line')
    with op.batch_alter_table('inventory_period_line', schema=None) as batch_op:
        batch_op.drop_index('ix_inventory_period_line_place')
        batch_op.drop_index(batch_op.f('ix_inventory_period_line_item_id'))

    op.drop_table('inventory_period_line')
    with op.batch_alter_table('inventory_move', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_move_target_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_move_source_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_move_reverses_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_move_posting_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_move_posted_at'))
        batch_op.drop_index(batch_op.f('ix_inventory_move_period'))
        batch_op.drop_index(batch_op.f('ix_inventory_move_occurred_at'))
        batch_op.drop_index(batch_op.f('ix_inventory_move_number'))
        batch_op.drop_index('ix_inventory_move_lot')
        batch_op.drop_index(batch_op.f('ix_inventory_move_line_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_move_item_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_move_emr_id'))

    op.drop_table('inventory_move')
    with op.batch_alter_table('inventory_loss', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_loss_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_loss_task_no'))
        batch_op.drop_index(batch_op.f('ix_inventory_loss_source_no'))
        batch_op.drop_index(batch_op.f('ix_inventory_loss_occurred_at'))
        batch_op.drop_index(batch_op.f('ix_inventory_loss_maker_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_loss_business_on'))

    op.drop_table('inventory_loss')
    with op.batch_alter_table('inventory_keeper', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_keeper_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_keeper_person_id'))

    op.drop_table('inventory_keeper')
    with op.batch_alter_table('inventory_issue', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_issue_target_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_issue_source_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_issue_requisition_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_issue_occurred_at'))
        batch_op.drop_index(batch_op.f('ix_inventory_issue_maker_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_issue_business_on'))

    op.drop_table('inventory_issue')
    with op.batch_alter_table('inventory_final_issue', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_final_issue_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_final_issue_unit_name'))
        batch_op.drop_index(batch_op.f('ix_inventory_final_issue_occurred_at'))
        batch_op.drop_index(batch_op.f('ix_inventory_final_issue_maker_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_final_issue_department_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_final_issue_business_on'))

    op.drop_table('inventory_final_issue')
    with op.batch_alter_table('inventory_expiry_notice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_expiry_notice_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_expiry_notice_told_at'))
        batch_op.drop_index(batch_op.f('ix_inventory_expiry_notice_item_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_expiry_notice_expires_on'))

    op.drop_table('inventory_expiry_notice')
    with op.batch_alter_table('inventory_empties_return', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_empties_return_receiver_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_empties_return_person_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_empties_return_item_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_empties_return_business_on'))

    op.drop_table('inventory_empties_return')
    with op.batch_alter_table('inventory_disposal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_disposal_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_disposal_shut_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_disposal_occurred_at'))
        batch_op.drop_index(batch_op.f('ix_inventory_disposal_maker_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_disposal_business_on'))

    op.drop_table('inventory_disposal')
    with op.batch_alter_table('inventory_count', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_count_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_count_maker_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_count_business_on'))

    op.drop_table('inventory_count')
    with op.batch_alter_table('inventory_consumption', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_consumption_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_consumption_task_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_consumption_occurred_at'))
        batch_op.drop_index(batch_op.f('ix_inventory_consumption_doctor_id'))

    op.drop_table('inventory_consumption')
    with op.batch_alter_table('inventory_box', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_box_template_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_box_plate'))

    op.drop_table('inventory_box')
    with op.batch_alter_table('inventory_balance', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_balance_lot_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_balance_item_id'))
        batch_op.drop_index('ix_inventory_balance_item')
        batch_op.drop_index(batch_op.f('ix_inventory_balance_count_id'))

    op.drop_table('inventory_balance')
    with op.batch_alter_table('finance_price_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_price_item_item_id'))

    op.drop_table('finance_price_item')
    with op.batch_alter_table('finance_daily_paper', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_daily_paper_report_id'))

    op.drop_table('finance_daily_paper')
    with op.batch_alter_table('finance_daily_method', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_daily_method_report_id'))

    op.drop_table('finance_daily_method')
    with op.batch_alter_table('finance_daily_group', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_daily_group_report_id'))

    op.drop_table('finance_daily_group')
    with op.batch_alter_table('finance_daily_correction', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_daily_correction_report_id'))

    op.drop_table('finance_daily_correction')
    with op.batch_alter_table('finance_charge', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_charge_task_id'))
        batch_op.drop_index(batch_op.f('ix_finance_charge_task_code'))
        batch_op.drop_index(batch_op.f('ix_finance_charge_station_id'))
        batch_op.drop_index(batch_op.f('ix_finance_charge_state'))
        batch_op.drop_index(batch_op.f('ix_finance_charge_service_on'))
        batch_op.drop_index(batch_op.f('ix_finance_charge_patient_name_index'))
        batch_op.drop_index(batch_op.f('ix_finance_charge_money_on'))
        batch_op.drop_index(batch_op.f('ix_finance_charge_invoice_no'))
        batch_op.drop_index(batch_op.f('ix_finance_charge_charged_at'))
        batch_op.drop_index(batch_op.f('ix_finance_charge_cashier_id'))

    op.drop_table('finance_charge')
    with op.batch_alter_table('emr_vital_set', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_emr_vital_set_case_record_id'))

    op.drop_table('emr_vital_set')
    with op.batch_alter_table('emr_treatment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_emr_treatment_item_id'))
        batch_op.drop_index(batch_op.f('ix_emr_treatment_case_record_id'))

    op.drop_table('emr_treatment')
    op.drop_table('emr_signed_sheet')
    op.drop_table('emr_signature')
    with op.batch_alter_table('emr_score', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_emr_score_case_record_id'))

    op.drop_table('emr_score')
    with op.batch_alter_table('emr_exam_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_emr_exam_item_case_record_id'))

    op.drop_table('emr_exam_item')
    with op.batch_alter_table('emr_diagnosis', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_emr_diagnosis_case_record_id'))

    op.drop_table('emr_diagnosis')
    with op.batch_alter_table('emr_conflict', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_emr_conflict_case_record_id'))

    op.drop_table('emr_conflict')
    with op.batch_alter_table('emr_amendment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_emr_amendment_state'))
        batch_op.drop_index(batch_op.f('ix_emr_amendment_record_no'))
        batch_op.drop_index(batch_op.f('ix_emr_amendment_record_id'))

    op.drop_table('emr_amendment')
    with op.batch_alter_table('vehicles_vehicle', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_vehicles_vehicle_due_on'))
        batch_op.drop_index(batch_op.f('ix_vehicles_vehicle_driver_id'))
        batch_op.drop_index(batch_op.f('ix_vehicles_vehicle_department_id'))

    op.drop_table('vehicles_vehicle')
    with op.batch_alter_table('inventory_warehouse', schema=None) as batch_op:
        batch_op.drop_index('uq_inventory_warehouse_owner_id', sqlite_where=sa.text('kind = 6 AND state = 1'), postgresql_where=sa.text('kind = 6 AND state = 1'))
        batch_op.drop_index(batch_op.f('ix_inventory_warehouse_parent_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_warehouse_department_id'))

    op.drop_table('inventory_warehouse')
    with op.batch_alter_table('inventory_role_item', schema=None) as batch_op:
        batch_op.drop_index('uq_inventory_role_item_bound', sqlite_where=sa.text('state = 1'), postgresql_where=sa.text('state = 1'))
        batch_op.drop_index(batch_op.f('ix_inventory_role_item_role_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_role_item_item_id'))

    op.drop_table('inventory_role_item')
    with op.batch_alter_table('inventory_price_adjustment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_price_adjustment_occurred_at'))
        batch_op.drop_index(batch_op.f('ix_inventory_price_adjustment_maker_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_price_adjustment_business_on'))

    op.drop_table('inventory_price_adjustment')
    op.drop_table('inventory_period')
    with op.batch_alter_table('inventory_lot', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_lot_state'))
        batch_op.drop_index(batch_op.f('ix_inventory_lot_lot_no'))
        batch_op.drop_index(batch_op.f('ix_inventory_lot_item_id'))

    op.drop_table('inventory_lot')
    with op.batch_alter_table('inventory_item_unit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_item_unit_item_id'))

    op.drop_table('inventory_item_unit')
    with op.batch_alter_table('inventory_box_template_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_box_template_line_template_id'))

    op.drop_table('inventory_box_template_line')
    with op.batch_alter_table('inventory_attestation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_attestation_record_id'))

    op.drop_table('inventory_attestation')
    with op.batch_alter_table('finance_segment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_segment_holder_id'))
        batch_op.drop_index(batch_op.f('ix_finance_segment_bill_code'))

    op.drop_table('finance_segment')
    with op.batch_alter_table('finance_price_list', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_price_list_from_on'))

    op.drop_table('finance_price_list')
    with op.batch_alter_table('finance_daily', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_daily_department_id'))
        batch_op.drop_index(batch_op.f('ix_finance_daily_day_on'))

    op.drop_table('finance_daily')
    op.drop_table('finance_cash_desk')
    with op.batch_alter_table('emr_case_record', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_emr_case_record_task_code'))
        batch_op.drop_index(batch_op.f('ix_emr_case_record_submitted_at'))
        batch_op.drop_index(batch_op.f('ix_emr_case_record_station_id'))
        batch_op.drop_index(batch_op.f('ix_emr_case_record_state'))
        batch_op.drop_index(batch_op.f('ix_emr_case_record_severity'))
        batch_op.drop_index(batch_op.f('ix_emr_case_record_serial_no'))
        batch_op.drop_index(batch_op.f('ix_emr_case_record_plate'))
        batch_op.drop_index(batch_op.f('ix_emr_case_record_name_index'))
        batch_op.drop_index(batch_op.f('ix_emr_case_record_id_no_index'))
        batch_op.drop_index(batch_op.f('ix_emr_case_record_doctor_id'))
        batch_op.drop_index(batch_op.f('ix_emr_case_record_arrive_scene_at'))

    op.drop_table('emr_case_record')
    with op.batch_alter_table('dispatch_press', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_dispatch_press_task_id'))

    op.drop_table('dispatch_press')
    with op.batch_alter_table('dispatch_crew_member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_dispatch_crew_member_task_id'))
        batch_op.drop_index(batch_op.f('ix_dispatch_crew_member_person_id'))

    op.drop_table('dispatch_crew_member')
    with op.batch_alter_table('admin_shared_query', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_admin_shared_query_owner_id'))

    op.drop_table('admin_shared_query')
    op.drop_table('admin_preference')
    with op.batch_alter_table('admin_licence', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_admin_licence_person_id'))

    op.drop_table('admin_licence')
    with op.batch_alter_table('admin_grant', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_admin_grant_role_id'))

    op.drop_table('admin_grant')
    with op.batch_alter_table('admin_deputy', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_admin_deputy_until_on'))
        batch_op.drop_index(batch_op.f('ix_admin_deputy_principal_id'))
        batch_op.drop_index(batch_op.f('ix_admin_deputy_from_on'))
        batch_op.drop_index(batch_op.f('ix_admin_deputy_deputy_id'))

    op.drop_table('admin_deputy')
    with op.batch_alter_table('inventory_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_item_supplier_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_item_name'))
        batch_op.drop_index(batch_op.f('ix_inventory_item_category_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_item_barcode'))

    op.drop_table('inventory_item')
    with op.batch_alter_table('dispatch_task', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_dispatch_task_vehicle_code'))
        batch_op.drop_index(batch_op.f('ix_dispatch_task_station_id'))
        batch_op.drop_index(batch_op.f('ix_dispatch_task_state'))
        batch_op.drop_index(batch_op.f('ix_dispatch_task_serial_no'))
        batch_op.drop_index(batch_op.f('ix_dispatch_task_event_id'))
        batch_op.drop_index(batch_op.f('ix_dispatch_task_event_code'))
        batch_op.drop_index(batch_op.f('ix_dispatch_task_assigned_at'))
        batch_op.drop_index(batch_op.f('ix_dispatch_task_acceptance_id'))

    op.drop_table('dispatch_task')
    with op.batch_alter_table('admin_printout', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_admin_printout_printed_at'))
        batch_op.drop_index('ix_admin_printout_of')
        batch_op.drop_index(batch_op.f('ix_admin_printout_number'))
        batch_op.drop_index(batch_op.f('ix_admin_printout_department_id'))

    op.drop_table('admin_printout')
    with op.batch_alter_table('admin_person', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_admin_person_due_on'))
        batch_op.drop_index(batch_op.f('ix_admin_person_department_id'))

    op.drop_table('admin_person')
    op.drop_table('inventory_supplier')
    with op.batch_alter_table('inventory_self_check', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_self_check_ran_on'))

    op.drop_table('inventory_self_check')
    op.drop_table('inventory_posting')
    with op.batch_alter_table('inventory_category', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_category_parent_id'))

    op.drop_table('inventory_category')
    op.drop_table('inventory_box_template')
    with op.batch_alter_table('dispatch_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_dispatch_event_centre_code'))

    op.drop_table('dispatch_event')
    op.drop_table('dispatch_acceptance')
    with op.batch_alter_table('core_editor', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_core_editor_until'))

    op.drop_table('core_editor')
    op.drop_table('core_counter')
    with op.batch_alter_table('core_attachment', schema=None) as batch_op:
        batch_op.drop_index('ix_core_attachment_owner')

    op.drop_table('core_attachment')
    op.drop_table('core_approval_step')
    with op.batch_alter_table('core_approval_decision', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_core_approval_decision_record_id'))

    op.drop_table('core_approval_decision')
    with op.batch_alter_table('core_answered', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_core_answered_answered_at'))

    op.drop_table('core_answered')
    op.drop_table('audit_stream')
    op.drop_table('audit_signature')
    with op.batch_alter_table('audit_row', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_row_user_id'))
        batch_op.drop_index(batch_op.f('ix_audit_row_record_id'))
        batch_op.drop_index('ix_audit_row_happened_at_id')
        batch_op.drop_index(batch_op.f('ix_audit_row_action'))

    op.drop_table('audit_row')
    with op.batch_alter_table('audit_checkpoint', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_checkpoint_stream_size')

    op.drop_table('audit_checkpoint')
    with op.batch_alter_table('admin_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_admin_session_person_id'))

    op.drop_table('admin_session')
    op.drop_table('admin_role')
    with op.batch_alter_table('admin_login_failure', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_admin_login_failure_account'))

    op.drop_table('admin_login_failure')
    with op.batch_alter_table('admin_department', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_admin_department_path'))
        batch_op.drop_index(batch_op.f('ix_admin_department_parent_id'))

    op.drop_table('admin_department')
